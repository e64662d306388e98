from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from app import __version__, cli, terminal_env
from app.arguments import build_parser
from app.errors import ConfigError, UnavailableError, UsageError
from app.paths import Paths

STABLE = (
    "live", "attach", "status", "stop", "do", "venue", "replay", "record", "bench", "doctor", "keys", "config",
)  # fmt: skip


def run(root: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=root,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Put a recorder in the place of every role's module."""
    seen: list[tuple[str, Any]] = []
    for variable in ("TEXTUAL_FPS", "TEXTUAL_ANIMATIONS"):
        monkeypatch.setenv(variable, os.environ.get(variable, ""))  # so that it is put back
    roles = [*cli.ROLES.values(), *cli.RAW_ROLES.values()]
    for module in {role.module for role in roles}:
        fake = types.ModuleType(module)
        for role in roles:
            if role.module == module:
                setattr(fake, role.function, lambda given, name=role.function: seen.append((name, given)))
        monkeypatch.setitem(sys.modules, module, fake)
    return seen


def module_of(command: str) -> types.ModuleType:
    return sys.modules[cli.ROLES[command].module]


@pytest.mark.parametrize(
    ("words", "function", "expected"),
    [
        ([], "practice", {"profile": None, "theme": None, "color": "auto", "mouse": None, "fps": None, "seed": None}),
        (["--seed", "7", "--pairs", "24", "--symbol", "ETH/USD"], "practice", {"seed": 7, "pairs": 24}),
        (["live", "--profile", "uat", "--fps", "10"], "live", {"profile": "uat", "fps": 10}),
        (["--profile", "uat", "live"], "live", {"profile": "uat"}),
        (["attach", "--no-mouse", "--theme", "x"], "attach", {"mouse": False, "theme": "x"}),
        (["status", "--profile", "practice"], "status", {"profile": "practice"}),
        (["stop"], "stop", {"orders": "keep"}),
        (["stop", "--orders", "cancel"], "stop", {"orders": "cancel"}),
        (["do", "buy 0.5 BTC/USD @ 64200 post"], "do", {"text": "buy 0.5 BTC/USD @ 64200 post", "timeout": 10}),
        (["record", "BTC/USD", "ETH/USD", "--out", "x.jsonl"], "record", {"symbols": ["BTC/USD", "ETH/USD"]}),
        (["replay", "x.jsonl", "--speed", "0"], "replay_screen", {"file": Path("x.jsonl"), "speed": 0.0}),
        (["doctor"], "run", {}),
        (["keys"], "print_keys", {}),
        (["config"], "print_config", {}),
    ],
)
def test_each_command_calls_its_role_with_its_options(
    calls: list[tuple[str, Any]], words: list[str], function: str, expected: dict[str, object]
) -> None:
    assert cli.main(words) == 0
    ((called, args),) = calls
    assert called == function
    assert expected.items() <= vars(args).items()


def test_headless_replay_gets_the_path_and_the_venue_its_own_words(calls: list[tuple[str, Any]]) -> None:
    cli.main(["replay", "--headless", "x.jsonl"])
    cli.main(["venue", "--port", "0", "--help"])
    cli.main(["_engine", "--profile", "practice"])
    cli.main(["bench", "book", "--json", "--against"])
    assert calls == [
        ("run_headless", Path("x.jsonl")),
        ("run", ["--port", "0", "--help"]),
        ("engine_main", ["--profile", "practice"]),
        ("run", ["book", "--json", "--against"]),
    ]


def test_the_stable_commands_are_all_in_the_help() -> None:
    text = build_parser().format_help()
    assert [name for name in STABLE if f"    {name} " not in text] == []
    assert "_engine" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "invalid choice: 'bogus'"),
        (["do"], 'required: "COMMAND"'),
        (["--fps", "0"], "'0' is not a whole number above 0"),
        (["live", "--fps", "600"], "'600' is above 60"),
        (["replay", "x", "--speed", "nan"], "'nan' is not a speed"),
        (["stop", "--orders", "sell"], "invalid choice: 'sell'"),
        (["live", "--prof", "x"], "unrecognized arguments: --prof x"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_64(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert cli.main(words) == 64
    err = capsys.readouterr().err
    assert err.startswith("quarterdeck: ")
    assert said in err
    assert "--help" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UsageError("wrong", "do this"), 64, "quarterdeck: wrong: do this\n"),
        (UnavailableError("port 80\nis busy", "use another"), 69, "quarterdeck: port 80 is busy: use another\n"),
        (ConfigError("bad file"), 78, "quarterdeck: bad file\n"),
        (KeyboardInterrupt(), 130, "quarterdeck: interrupted\n"),
    ],
)
def test_an_error_of_a_role_is_one_line_and_its_code(
    calls: list[tuple[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    line: str,
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(module_of("status"), "status", fail)
    assert cli.main(["status"]) == code
    assert capsys.readouterr().err == line
    assert calls == []


def test_a_defect_is_70_and_names_the_log(
    calls: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], paths: Paths
) -> None:
    monkeypatch.setattr(module_of("status"), "status", lambda _: 1 // 0)
    assert cli.main(["status"]) == 70
    assert str(paths.log_file("cli")) in capsys.readouterr().err
    assert "ZeroDivisionError" in paths.log_file("cli").read_text()
    assert calls == []


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_roles_exit_code_is_passed_on(
    calls: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(module_of("do"), "do", lambda _: code)
    assert cli.main(["do", "cancel all"]) == code
    assert calls == []


def test_a_dumb_terminal_is_refused_before_anything_starts(
    calls: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert cli.main([]) == 69
    assert "set TERM" in capsys.readouterr().err
    assert calls == []
    assert cli.main(["status"]) == 0


@pytest.mark.parametrize(
    ("option", "expected"), [("truecolor", "truecolor"), ("256", "256"), ("16", "standard"), ("auto", None)]
)
def test_color_sets_what_textual_reads(
    calls: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, option: str, expected: str | None
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "untouched")
    cli.main(["--color", option, "--fps", "7"])
    assert os.environ["TEXTUAL_COLOR_SYSTEM"] == (expected or "untouched")
    assert ("NO_COLOR" in os.environ) == (expected is None)
    assert os.environ["TEXTUAL_FPS"] == "7"
    assert len(calls) == 1


def test_over_ssh_the_frame_rate_comes_from_the_settings(
    calls: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, paths: Paths
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    monkeypatch.delenv("TEXTUAL_FPS")
    paths.config.mkdir(parents=True)
    paths.config_file.write_text("[ui]\nfps_ssh = 7\n")
    cli.main([])
    assert os.environ["TEXTUAL_FPS"] == "7"
    assert len(calls) == 1


def test_widgets_of_someone_else_are_refused_with_advice(
    calls: list[tuple[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "widgets").mkdir()
    (tmp_path / "widgets" / "__init__.py").write_text("")
    for name in [name for name in sys.modules if name.split(".")[0] == "widgets"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert cli.main([]) == 69
    err = capsys.readouterr().err
    assert str(tmp_path / "widgets") in err
    assert "pipx install" in err
    assert calls == []


def test_version_is_quick_and_light(root: Path) -> None:
    code = (
        "import sys; from app.cli import main; code = main(['--version']); "
        "print([m for m in ('textual', 'rich', 'polars', 'httpx', 'websockets', 'asyncio') if m in sys.modules], code)"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True, timeout=30)
    assert printed.splitlines() == [f"quarterdeck {__version__}", "[] 0"]


def test_the_module_is_the_program(root: Path) -> None:
    done = run(root, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"quarterdeck {__version__}\n", "")


def test_config_shows_changes_with_their_defaults_and_no_secrets(root: Path, paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    paths.config_file.write_text('[ui]\nfps = 30\n[keys.main]\ncommand = ["pass", "hidden-word"]\n')
    done = run(root, "config")
    assert done.returncode == 0
    lines = {line.split(" = ")[0]: line for line in done.stdout.splitlines()}
    assert lines["ui.fps"].endswith("# config.toml; default 20")
    assert "= 30 " in lines["ui.fps"]
    assert lines["ui.fps_ssh"].endswith("# default")
    assert "hidden-word" not in done.stdout
    assert str(paths.config_file) in done.stdout


def test_config_refuses_a_broken_file_in_one_line(root: Path, paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    paths.config_file.write_text("[ui]\nfsp = 30\n")
    done = run(root, "config")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == f"quarterdeck: {paths.config_file} line 2: unknown key 'ui.fsp': did you mean 'fps'?\n"


def test_config_of_an_unknown_profile_is_a_usage_error(root: Path) -> None:
    done = run(root, "config", "--profile", "prodution")
    assert done.returncode == 64
    assert "did you mean 'production'?" in done.stderr


def test_a_closed_pipe_is_no_error(root: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m app config | true", shell=True, cwd=root, capture_output=True, timeout=30, check=True
    )
    assert done.stderr == b""


def test_keys_lists_every_action_and_the_users_own_keys(root: Path, paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    paths.config_file.write_text('[ui.keymap]\nbuy = "f2"\n')
    done = run(root, "keys")
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if line.endswith("| buy |"))
    assert "`f2`" in row


def test_an_unknown_benchmark_is_refused_with_the_known_ones(root: Path) -> None:
    done = run(root, "bench", "nothing")
    assert done.returncode == 64
    assert "there is no benchmark 'nothing': known are:" in done.stderr


def test_ssh_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not terminal_env.over_ssh()
    monkeypatch.setenv("SSH_CONNECTION", json.dumps("x"))
    assert terminal_env.over_ssh()
