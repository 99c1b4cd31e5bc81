"""libvirt's proxy, which serves a machine's monitor at a socket, and a QMP program that speaks to it.

    python3 qmp-proxy.py URI MACHINE FOLDER
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import time

uri, machine, folder = sys.argv[1:]
path = os.path.join(folder, "proxy.sock")
# With Debian's Python, which has the library, whichever comes first in PATH.
proxy = subprocess.Popen(["/usr/bin/python3", shutil.which("virt-qemu-qmp-proxy"), "-c", uri, machine, path])
try:
    end = time.time() + 20
    while not os.path.exists(path) and time.time() < end:
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.settimeout(20)
        # Its file is there before the proxy listens.
        while monitor.connect_ex(path) != 0 and time.time() < end:
            time.sleep(0.05)
        lines = monitor.makefile("rw")

        def receive(member):
            while True:
                message = json.loads(lines.readline())
                if member in message:
                    return message[member]

        def execute(command):
            lines.write(json.dumps({"execute": command}) + "\n")
            lines.flush()
            return receive("return")

        assert receive("QMP")["version"]["qemu"]["major"] >= 7
        assert execute("qmp_capabilities") == {}
        assert execute("query-status")["status"] == "running"
        execute("stop")
        assert execute("query-status")["status"] == "paused"
        execute("cont")
    print("all well")
finally:
    proxy.kill()
    proxy.wait()
