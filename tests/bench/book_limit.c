/* The least that a Level-3 message can cost: decode, apply and verify it in C, by the rules of app/domain/book.py.

   Reads recorded frames from the file it is given, one a line, the snapshot first. For each line on standard input it
   feeds all of them to a fresh book and prints nanoseconds of CPU a message and how many checksums were good. It knows
   this stream's shape and no other: that is what makes it a limit and not a client. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEPTH = 1000, TOP = 10, ROOM = 2048, ROWS = 64, ID = 19, STAMP = 30, DIGITS = 24, CLUMP = 8 };

typedef struct {
    char id[ID + 1], stamp[STAMP + 2], digits[DIGITS];
    uint8_t size;
} Order;

typedef struct {
    int64_t key; /* ticks of a bid, their negative of an ask: the best is the highest */
    char digits[DIGITS];
    uint8_t size;
    int count, room;
    Order *orders;
} Level;

typedef struct {
    Level *levels[ROOM]; /* the best is last */
    int count;
    int touched; /* whether the top ten may have changed */
} Side;

typedef struct {
    char kind; /* a(dd), m(odify), d(elete) */
    int64_t key;
    char digits[DIGITS];
    uint8_t digits_size;
    Order order;
} Row;

static uint32_t table[8][256];

static void prepare_crc(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t c = n;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
        table[0][n] = c;
    }
    for (int t = 1; t < 8; t++)
        for (int n = 0; n < 256; n++) table[t][n] = (table[t - 1][n] >> 8) ^ table[0][table[t - 1][n] & 255];
}

static uint32_t crc(uint32_t c, const char *at, size_t size) {
    for (c = ~c; size >= 8; at += 8, size -= 8) {
        uint64_t w;
        memcpy(&w, at, 8);
        w ^= c;
        c = 0;
        for (int t = 0; t < 8; t++) c ^= table[7 - t][(w >> (8 * t)) & 255];
    }
    while (size--) c = (c >> 8) ^ table[0][(c ^ (uint8_t)*at++) & 255];
    return ~c;
}

/* Keep a number's digits without point and leading zeros; return what follows it. */
static const char *number(const char *at, char *digits, uint8_t *size, int64_t *value) {
    int n = 0;
    int64_t v = 0;
    for (; (*at >= '0' && *at <= '9') || *at == '.'; at++) {
        if (*at == '.') continue;
        v = v * 10 + (*at - '0');
        if (v && n < DIGITS) digits[n++] = *at;
    }
    *size = (uint8_t)n;
    *value = v;
    return at;
}

/* Read `{"event":"add","order_id":"…","limit_price":…,"order_qty":…,"timestamp":"…"}`. */
static const char *row(const char *at, int ask, Row *out) {
    int64_t lots;
    at += 1;
    out->kind = 'a';
    if (at[1] == 'e') {
        out->kind = at[9];
        at = strchr(at, ',') + 1;
    }
    at += sizeof "\"order_id\":\"" - 1;
    memcpy(out->order.id, at, ID);
    at += ID + sizeof "\",\"limit_price\":" - 1;
    at = number(at, out->digits, &out->digits_size, &out->key);
    if (ask) out->key = -out->key;
    at = number(at + sizeof ",\"order_qty\":" - 1, out->order.digits, &out->order.size, &lots);
    at += sizeof ",\"timestamp\":\"" - 1;
    memcpy(out->order.stamp, at, STAMP);
    return at + STAMP + 2;
}

static int find(const Side *side, int64_t key) { /* where a level is, or would be */
    int low = 0, high = side->count;
    if (high && key >= side->levels[high - 1]->key) return key > side->levels[high - 1]->key ? high : high - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (side->levels[middle]->key < key) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void drop(Side *side, int at) {
    free(side->levels[at]->orders);
    free(side->levels[at]);
    memmove(side->levels + at, side->levels + at + 1, (size_t)(--side->count - at) * sizeof *side->levels);
}

static void add(Side *side, int at, const Row *r) {
    Level *level = at < side->count ? side->levels[at] : NULL;
    if (!level || level->key != r->key) {
        level = calloc(1, sizeof *level);
        level->key = r->key;
        level->size = r->digits_size;
        memcpy(level->digits, r->digits, r->digits_size);
        memmove(side->levels + at + 1, side->levels + at, (size_t)(side->count++ - at) * sizeof *side->levels);
        side->levels[at] = level;
    }
    if (level->count == level->room) {
        level->room += CLUMP;
        level->orders = realloc(level->orders, (size_t)level->room * sizeof *level->orders);
    }
    level->orders[level->count++] = r->order;
}

/* Apply one row; return 0 if it names an order that the book does not hold. */
static int apply(Side *side, const Row *r) {
    int at = find(side, r->key), n = 0;
    side->touched |= side->count - at <= TOP;
    if (r->kind == 'a') {
        add(side, at, r);
        return 1;
    }
    if (at == side->count || side->levels[at]->key != r->key) return 0;
    Level *level = side->levels[at];
    while (n < level->count && memcmp(level->orders[n].id, r->order.id, ID)) n++;
    if (n == level->count) return 0;
    if (r->kind == 'm') {
        level->orders[n].size = r->order.size;
        memcpy(level->orders[n].digits, r->order.digits, DIGITS);
    } else {
        memmove(level->orders + n, level->orders + n + 1, (size_t)(--level->count - n) * sizeof *level->orders);
        if (!level->count) drop(side, at);
    }
    return 1;
}

/* Put the adds of each price into the order of their own timestamps, in the places that adds of that price have. */
static void queue(Row *rows, int count) {
    for (int i = 1; i < count; i++)
        for (int j = i, k = i - 1; rows[j].kind == 'a' && k >= 0; k--) {
            if (rows[k].kind != 'a' || rows[k].key != rows[j].key) continue;
            if (memcmp(rows[k].order.stamp, rows[j].order.stamp, STAMP) <= 0) break;
            Row kept = rows[k];
            rows[k] = rows[j];
            rows[j] = kept;
            j = k;
        }
}

static uint32_t sum(const Side *side, uint32_t c) {
    char text[1 << 14];
    char *end = text;
    for (int i = side->count - 1; i >= 0 && i >= side->count - TOP; i--) {
        const Level *level = side->levels[i];
        for (int n = 0; n < level->count && end < text + sizeof text - 2 * DIGITS; n++) {
            memcpy(end, level->digits, DIGITS); /* whole, the next write covers the rest */
            end += level->size;
            memcpy(end, level->orders[n].digits, DIGITS);
            end += level->orders[n].size;
        }
    }
    return crc(c, text, (size_t)(end - text));
}

typedef struct {
    Side sides[2]; /* bids, asks */
    uint32_t asks_sum, sum;
} Book;

/* Read the rows of one side up to its closing bracket. The snapshot's are more than ROWS: they are applied in clumps. */
static const char *side_rows(const char *at, Side *side, int ask, int *good) {
    Row rows[ROWS];
    int count = 0;
    while (*at != ']') {
        at = row(at, ask, &rows[count++]);
        if (*at == ',') at++;
        if (count == ROWS || *at == ']') {
            queue(rows, count);
            for (int i = 0; i < count; i++) *good &= apply(side, &rows[i]);
            count = 0;
        }
    }
    while (side->count > DEPTH) drop(side, 0);
    return at + 1;
}

static int message(Book *book, const char *at) {
    int good = 1;
    uint32_t told = (uint32_t)strtoul(strstr(at, "\"checksum\":") + 11, NULL, 10);
    at = strstr(at, "\"bids\":[") + 8;
    at = side_rows(at, &book->sides[0], 0, &good);
    side_rows(at + sizeof ",\"asks\":[" - 1, &book->sides[1], 1, &good);
    if (book->sides[1].touched) book->asks_sum = sum(&book->sides[1], 0);
    if (book->sides[0].touched || book->sides[1].touched) book->sum = sum(&book->sides[0], book->asks_sum);
    book->sides[0].touched = book->sides[1].touched = 0;
    return good && book->sum == told;
}

static void play(char **lines, int count) {
    static Book book;
    struct timespec start, end;
    int good = 0;
    for (int s = 0; s < 2; s++)
        while (book.sides[s].count) drop(&book.sides[s], book.sides[s].count - 1);
    message(&book, lines[0]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int i = 1; i < count; i++) good += message(&book, lines[i]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double ns = (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
    printf("{\"us\":%.4f,\"refused\":%d,\"why\":\"checksums\"}\n", ns / 1000 / (count - 1), count - 1 - good);
    fflush(stdout);
}

int main(int argc, char **argv) {
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    char **lines = NULL, *line = NULL, told[64];
    size_t room = 0;
    int count = 0;
    if (!file) return 2;
    while (getline(&line, &room, file) > 0) {
        lines = realloc(lines, (size_t)(count + 1) * sizeof *lines);
        lines[count++] = strdup(line);
    }
    prepare_crc();
    while (fgets(told, sizeof told, stdin)) play(lines, count);
    return 0;
}
