/* The least that a key can cost: read a byte from the terminal, write an order to a socket. Argument: the port. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static const char ORDER[] =
    "{\"method\":\"add_order\",\"params\":{\"order_type\":\"limit\",\"side\":\"buy\",\"symbol\":\"BTC/USD\","
    "\"order_qty\":0.1}}";
static const char READY[] = "ready", SEEN[] = " BUY ";

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0))};
    struct termios mode;
    int one = 1, peer = socket(AF_INET, SOCK_STREAM, 0);
    char key;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(peer, (struct sockaddr *)&at, sizeof at)) return 2;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    tcgetattr(0, &mode);
    cfmakeraw(&mode);
    tcsetattr(0, TCSANOW, &mode);
    if (write(1, READY, sizeof READY - 1) < 0) return 3;
    while (read(0, &key, 1) == 1)
        if (write(peer, ORDER, sizeof ORDER - 1) < 0 || write(1, SEEN, sizeof SEEN - 1) < 0) return 3;
    return 0;
}
