"""The host's side of packaging/kms/try: takes pictures of the virtual machine's screen when its remote asks for one,
and tells how it ended. Arguments: the folder of the run, the folder for the pictures."""

import json
import pathlib
import socket
import sys
import time

room, out = map(pathlib.Path, sys.argv[1:3])
share = room / "share"
# Emulated, a start takes 30 to 60 s on two cores.
END = time.monotonic() + 600


class Machine:
    def __init__(self):
        while True:
            try:
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(str(room / "qmp"))
                break
            except OSError:
                if time.monotonic() > END:
                    raise
                time.sleep(0.1)
        self.connection = connection
        self.lines = connection.makefile("rw")
        self.lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, what, **arguments):
        self.lines.write(json.dumps({"execute": what, "arguments": arguments}) + "\n")
        self.lines.flush()
        while True:
            line = self.lines.readline()
            if not line:
                sys.exit("the machine is gone")
            answer = json.loads(line)
            if "error" in answer:
                sys.exit(f"{what}: {answer['error']['desc']}")
            if "return" in answer:
                return


    def runs(self):
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True


machine = Machine()
while not (share / "ended").exists():
    if not machine.runs():
        # What it wrote last may still be on its way.
        time.sleep(1)
        if not (share / "ended").exists():
            sys.exit((share / "remote").read_text() + "and there the machine ended")
        break
    if time.monotonic() > END:
        sys.exit("nothing came of it within ten minutes")
    for wanted in share.glob("*.wanted"):
        picture = out / f"{wanted.stem}.png"
        machine.ask("screendump", filename=str(picture), format="png")
        wanted.unlink()
        (share / f"{wanted.stem}.taken").touch()
    time.sleep(0.1)
print((share / "remote").read_text(), end="")
sys.exit(int((share / "ended").read_text()))
