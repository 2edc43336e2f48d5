"""Drives a server: `load.py PIPE STEP…`, where PIPE tells its port and a step is a request, a signal or an end."""

import os
import signal
import socket
import sys
import time
from pathlib import Path


def main(pipe: str, *steps: str) -> None:
    port = int(Path(pipe).read_text())
    profiles = 0
    for step in steps:
        match step:
            case "profile":
                profiles += 1
                os.kill(int(os.environ["LEAKGATE_PROGRAM_PID"]), signal.SIGUSR1)
                while not (Path(os.environ["LEAKGATE_PROGRAM_PROFILES"]) / f"{profiles}.raw").exists():
                    time.sleep(0.01)
            case "USR1":
                os.kill(int(os.environ["LEAKGATE_PROGRAM_PID"]), signal.SIGUSR1)
            case "wait":
                signal.pause()
            case "fail":
                sys.exit(3)
            case request:
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(request.encode())
                    sys.stdout.write(f"{request}: {connection.recv(64).decode()}\n")


main(*sys.argv[1:])
