"""The same question with Python's qemu.qmp: `qemu_qmp.py SOCKET ROUNDS` prints the median in microseconds."""

import asyncio, statistics, sys, time

from qemu.qmp import QMPClient


async def main(path, rounds):
    client = QMPClient("bench")
    await client.connect(path)
    samples = []
    for _ in range(rounds):
        start = time.perf_counter()
        await client.execute("query-status")
        samples.append((time.perf_counter() - start) * 1e6)
    await client.disconnect()
    print(f"{min(samples):.1f} {statistics.median(samples):.1f}")


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
