#!/usr/bin/env python3
"""Records what real programs write to a terminal, for tests/terminal.

    sudo tests/data/terminal/record.py [NAME...]

Each program runs in a pseudo-terminal of a fixed size, in namespaces of its own, so that nothing of the machine
is in what it shows. NAME.STEP.COLUMNSxROWS.bin holds what it wrote until it fell silent at that size; the steps of
one name follow each other with a resize in between. What must be seen comes from tmux:

    RECORD=1 cargo test --test terminal -- --ignored

Needs Linux, root (for the namespaces), bash, vim, less, procps, htop, mc, dialog, tmux and nano.
"""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import termios
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOM = Path("/tmp/recording-room")
SILENCE = 0.7

UP, DOWN, LEFT, ENTER, F9, TAB = b"\x1bOA", b"\x1bOB", b"\x1b[D", b"\r", b"\x1b[20~", b"\t"


class Resize:
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows


# name: (TERM, command, what is typed and done; each waits until the program is silent)
PROGRAMS = {
    "bash": ("xterm", "bash --norc --noprofile -i", [
        b"ls --color=always\r", b"echo a line that is longer than the window is wide, so that it has to wrap: ",
        b"{1..30}", b"\x01\x1bf\x1bf XX", b"\x05\r", b"\x12col", b"\r", Resize(60, 20), b"echo narrow\r",
        Resize(100, 30), b"echo wide \xe6\x97\xa5\xe6\x9c\xac\r"]),
    "vim": ("xterm-256color", "vim -u NONE -N +'syntax on' +'set hlsearch number' sample.c", [
        b"/int\r", b"Onew line\x1b", b":vsplit\r", b"Vjj", Resize(100, 30), b"\x1b:set list\r", b"Gdd:split\r", b"u"]),
    "vim-xterm": ("xterm", "vim -u NONE -N sample.c", [b"10dd", b"p", b"\x06", b":%s/a/b/g\r", b"i\x1b"]),
    "less": ("xterm", "less -R long.txt", [b"/7\r", b" ", b"  ", b"b", b"G", b"k" * 5, Resize(100, 30), b"k"]),
    "top": ("xterm", "top -d 60", [b"z", b"x", b"1", b"V", Resize(100, 30)]),
    "htop": ("xterm-256color", "htop -d 100", [DOWN, b"t", Resize(100, 30), F9]),
    "htop-xterm": ("xterm", "htop -d 100", [DOWN, b"\x1bOQ"]),
    "mc": ("xterm", "mc -d -u", [DOWN, DOWN, F9, DOWN, b"\x1b\x1b", Resize(100, 30), b"\x1b[13~"]),
    "mc-256": ("xterm-256color", "mc -d -u -e sample.c", [b"\x1b[B" * 5, b"typed", b"\x1b[17~"]),
    "dialog-menu": ("xterm", "dialog --colors --title 'A \\Z1menu' --menu 'Choose one' 15 50 6 a Apple b Birne c 柿", [
        DOWN, DOWN]),
    "dialog-form": ("xterm", "dialog --title Form --form 'Fill in' 14 60 4 Name 1 1 '' 1 10 20 40 City 2 1 X 2 10 20 40", [
        b"hello", DOWN, b"\x1b[D", TAB]),
    "dialog-gauge": ("xterm-256color", "dialog --begin 2 2 --infobox waiting 5 30 --and-widget --yesno 'Really?' 8 40", [
        b"\x1b[C"]),
    "tmux": ("xterm-256color", "tmux -L inside -f /dev/null new 'bash --norc --noprofile -i'", [
        b"ls --color=always\r", b"\x02%", b"echo right\r", b'\x02"', b"echo below; seq 40\r", Resize(100, 30),
        b"\x02[", b"\x1b[A" * 4]),
    "nano": ("xterm", "nano sample.c", [b"\x17int\r", b"new text ", b"\x16", b"\x07"]),
    "colors": ("xterm-256color", "bash colors.sh; read", []),
    "wide": ("xterm-256color", "cat wide.txt; read", [Resize(100, 30)]),
    "halves": ("xterm", "cat halves.txt; read", []),
    "screens": ("xterm", "bash screens.sh; read", []),
    "lines": ("xterm", "bash lines.sh; read", []),
}

FILES = {
    "sample.c": "#include <stdio.h>\n\n/* says it */\n" + "".join(
        f"static int value_{n}(int a, int b) {{\n\treturn a * {n} + b; // {n}\n}}\n\n" for n in range(12)),
    "long.txt": "".join(
        f"\x1b[3{n % 8}mline {n}\x1b[0m " + ("and on " * (n % 17)) + "\n" for n in range(120)),
    "notes.txt": "some notes\n",
    "wide.txt": "".join([
        "日本語のログ行 with ascii, then 한국어, then 中文字符\n", "emoji: 🚀 🎉 👍 ok\n", "combining: e\u0301 a\u0308 n\u0303 o\u0302\u0301\n",
        "x" + "日" * 60 + "\n", "日" * 45 + "\n", "a" * 79 + "日b\n", "half ｱｲｳ full ＡＢＣ\n", "box ┌─┬─┐ │ │ └─┴─┘ ░▒▓█\n",
        "\x1b[15;79H日\x1b[18;1H",
    ]),
    "halves.txt": "\x1b[1;10H日\x1b[1;11Hx\x1b[2;1H日本語\x1b[2;2H\x1b[Kx\x1b[3;1H日本語\x1b[3;3H\x1b[1Px\x1b[4;1H日本語\x1b[4;4H\x1b[1@y"
                  "\x1b[16;80H日z",
    "colors.sh": r"""
for n in {0..15}; do printf '\e[48;5;%dm %2d' $n $n; done; printf '\e[0m\n'
for n in {16..255}; do printf '\e[38;5;%dm%3d ' $n $n; (( (n - 15) % 18 == 0 )) && printf '\n'; done; printf '\e[0m\n'
for r in 0 85 170 255; do for g in 0 85 170 255; do printf '\e[48;2;%d;%d;128m #' $r $g; done; done; printf '\e[0m\n'
for a in 1 2 3 4 7 '1;3' '2;4' '7;31' '1;7;44' '38:5:99' '48:2::10:20:30' '4:3' '90;107' '97;40' '58;5;1'; do
printf '\e[%smattr\e[0m ' $a; done; printf '\n'
for a in 22 23 24 27 39 49; do printf '\e[1;3;4;7;31;42mon\e[%smoff\e[0m ' $a; done; printf '\n'
printf '\e[44m\e[Kblue to the end\e[0m\n\e[45m    \e[2Xerased\e[3@ins\e[2P\e[0m\n'
printf '\e[41m\e[Lline above\e[0m'
""",
    "screens.sh": r"""
for n in {1..30}; do echo "main $n"; done
printf '\e[?1049h\e[2J\e[5;5Halternate\e[?1049lback '
printf '\e[?47h\e[3;3Hforty-seven\e[?47l\e[?1047h\e[4;4Hforty\e[?1047l and back'
printf '\e7\e[?6h\e[5;10r\e[1;1Horigin\e[20;1Hbottom of region\n\nscrolled\e[r\e[?6l\e8 restored'
printf '\e[10;14r\e[10;1H\eM\eMreverse\e[14;1H\n\n\nforward\e[r\e[16;1H'
printf '\e[3S\e[2T\e[18;1Htabs\tone\ttwo\e[Zback\e[3g\e[19;1Hno\ttabs\e[20;1H\e[3Cx\eHy\rz\tT'
printf '\e[21;1Habc\e[2Dx\e[5b|\e[8X\e[22;1H\e[4hinsert\rbefore \e[4l'
printf '\e[?7l\e[23;70Hno wrapping here at all\e[?7h\e[24;1H\e(0lqqwqqk\e(B\e)0\x0ex\x0fx'
printf '\e[1;1H\e[1Jtop\e[2;5H\e[1Ktwo\e[3;1H\e[2Kthree'
printf '\e[12;40H\e[?25l\e[5 q'
""",
    "lines.sh": r"""
printf '\e#8\e[H'
for n in {1..24}; do printf '\e[%d;1H\e[%dmrow %d %s' $n $((31 + n % 7)) $n "$(printf '%70s' "" | tr ' ' '-')"; done
printf '\e[5;10H\e[2L\e[9;10H\e[3M\e[15;20H\e[10@\e[16;20H\e[10P\e[17;20H\e[10X\e[18;20H\e[K\e[19;20H\e[1K'
printf '\e[0m\e[20;80Hwraps here\e[21;80HX\bY\e[22;80HX\r\nZ\e[3;80HX\e[D\e[1;1H\e[99999C!\e[24;1H\n\n'
printf '\e[6;9H\e[3;7r\e[7;1H\n\n\e[3;1H\eM\e[r\e[10;1H\ebad\e[?9999h\e[<1;2;3Z\e]777;x\a\eP+q00\e\\\e_app\e\\ok'
printf '\e[11;1Ha\x00b\x7fc\x1b[3\rC\x1b[1;31mred\x1b[\x18mx\e[m \e[1E\e[2Fprev\e[5`five\e[14dfourteen'
""",
}


def prepare():
    shutil.rmtree(ROOM, ignore_errors=True)
    (ROOM / "folder").mkdir(parents=True)
    for name, text in FILES.items():
        (ROOM / name).write_text(text)
        os.utime(ROOM / name, (1_700_000_000, 1_700_000_000))
    (ROOM / "run.sh").write_text("#!/bin/sh\n")
    (ROOM / "run.sh").chmod(0o755)


def set_size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def until_silent(fd):
    out = b""
    while select.select([fd], [], [], SILENCE)[0]:
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    return out


def record(name):
    term, command, steps = PROGRAMS[name]
    prepare()
    env = {"TERM": term, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(ROOM), "LC_ALL": "C.UTF-8", "PS1": "$ ",
           "SHELL": "/bin/bash", "USER": "user"}
    inner = f"hostname box; cd {ROOM}; sleep 1000 & exec bash -c {shell_quoted(command)}"
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("unshare", ["unshare", "-pf", "--mount-proc", "--uts", "--kill-child", "sh", "-c", inner], env)
    size = (80, 24)
    set_size(fd, *size)
    for old in HERE.glob(f"{name}.*.bin"):
        old.unlink()
    number, out = 1, until_silent(fd)
    for step in steps:
        if isinstance(step, Resize):
            save(name, number, size, out)
            number, size = number + 1, (step.columns, step.rows)
            set_size(fd, *size)
            out = until_silent(fd)
        else:
            os.write(fd, step)
            out += until_silent(fd)
    save(name, number, size, out)
    os.kill(pid, signal.SIGKILL)
    os.close(fd)
    os.waitpid(pid, 0)


def shell_quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def save(name, number, size, out):
    path = HERE / f"{name}.{number}.{size[0]}x{size[1]}.bin"
    path.write_bytes(out)
    print(path.name, len(out))


if __name__ == "__main__":
    for name in sys.argv[1:] or PROGRAMS:
        record(name)
    shutil.rmtree(ROOM, ignore_errors=True)
