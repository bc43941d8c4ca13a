"""A remote of the virtual machine of packaging/kms/try: a kernel input device that has only the keys of a remote, as an
infrared receiver has. Presses them, and holds what the program says of itself (its control socket) against it."""

import fcntl
import json
import os
import pathlib
import socket
import struct
import time

SHARE = pathlib.Path("/run/share")
CONTROL = "/run/viewer/control"

# linux/input-event-codes.h
UP, LEFT, OK, BACK, CHANNEL_UP, DIGIT_5, BACKSPACE, CTRL, ALT = (
    103, 105, 0x160, 158, 0x192, 0x205, 14, 29, 56)
# linux/uinput.h
SET_EVENT, SET_KEY, CREATE, SETUP = 0x40045564, 0x40045565, 0x5501, 0x405C5503
EV_SYN, EV_KEY = 0, 1


class Remote:
    def __init__(self):
        self.device = os.open("/dev/uinput", os.O_WRONLY)
        fcntl.ioctl(self.device, SET_EVENT, EV_KEY)
        for key in (UP, LEFT, OK, BACK, CHANNEL_UP, DIGIT_5, BACKSPACE, CTRL, ALT):
            fcntl.ioctl(self.device, SET_KEY, key)
        fcntl.ioctl(self.device, SETUP, struct.pack("HHHH80sI", 6, 1, 1, 1, b"a remote", 0))
        fcntl.ioctl(self.device, CREATE)

    def set(self, key, down):
        for kind, code, value in ((EV_KEY, key, int(down)), (EV_SYN, 0, 0)):
            os.write(self.device, struct.pack("llHHi", 0, 0, kind, code, value))

    def press(self, *keys, hold=0.1):
        for key in keys:
            self.set(key, True)
        time.sleep(hold)
        for key in reversed(keys):
            self.set(key, False)


class Program:
    def __init__(self):
        self.lines = None

    def connect(self, seconds):
        end = time.monotonic() + seconds
        while True:
            try:
                client = socket.socket(socket.AF_UNIX)
                client.connect(CONTROL)
                self.lines = client.makefile("rw")
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def ask(self, request):
        self.lines.write(json.dumps(request) + "\n")
        self.lines.flush()
        return json.loads(self.lines.readline())

    def until(self, what, holds, seconds=60):
        end = time.monotonic() + seconds
        while True:
            state = self.ask({"get": "state"})
            if holds(state):
                print(f"{what}: yes", flush=True)
                return state
            if time.monotonic() > end:
                seen = {key: state[key] for key in ("screen", "focus", "player", "overlays")}
                raise SystemExit(f"{what}: not within {seconds} s, but: {seen}")
            time.sleep(0.1)


def picture(name):
    """Asks the host for a picture of the screen."""
    (SHARE / f"{name}.wanted").touch()
    while not (SHARE / f"{name}.taken").exists():
        time.sleep(0.1)


def home_again(remote, program):
    """By 返回: the banner may be up and goes first."""
    for _ in range(3):
        if program.ask({"get": "state"})["screen"] == "home":
            break
        remote.press(BACK)
        time.sleep(1)
    program.until("Home by 返回", lambda s: s["screen"] == "home" and s["player"]["phase"] == "playing")


def main():
    remote, program = Remote(), Program()
    program.connect(120)

    def playing(state):
        return state["player"]["phase"] == "playing"

    # An emulated start takes so long that 20 s without a key may be over, and the picture fills the screen.
    program.until("a picture", playing, 120)
    home_again(remote, program)
    picture("01-home")
    remote.press(BACK)
    live = program.until("live by Back", lambda s: s["screen"] == "live")
    remote.press(CHANNEL_UP)
    zapped = program.until(
        "another channel by 频道+", lambda s: s["player"]["channel"] != live["player"]["channel"] and playing(s))
    picture("02-channel-up")
    remote.press(DIGIT_5)
    program.until("channel 5 by its digit", lambda s: s["player"]["channel"] not in (
        live["player"]["channel"], zapped["player"]["channel"]) and playing(s))
    remote.press(OK)
    listed = program.until("the list by 确认", lambda s: s["screen"] == "channels" or "channels" in s["overlays"])
    picture("03-channels")
    remote.press(LEFT)
    group = program.until("its groups by 左", lambda s: s["focus"]["id"] != listed["focus"]["id"])
    # The kernel's own repeat does not count and Slint has none: this is the program's.
    remote.press(UP, hold=3)
    program.until("the first group by a held 上", lambda s: s["focus"]["label"] == "我常看的" != group["focus"]["label"])
    # Slint would end the program at this. (Ctrl+Alt+Delete is the kernel's: it starts the machine again.)
    remote.press(CTRL, ALT, BACKSPACE)
    home_again(remote, program)
    picture("04-home-again")


if __name__ == "__main__":
    main()
