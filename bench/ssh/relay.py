# SPDX-License-Identifier: Apache-2.0
# relay.py ADDRESS PORT TO_ADDRESS TO_PORT SECONDS: a TCP relay that keeps everything back for SECONDS, in either direction.
import asyncio
import sys

listen, port, to, to_port, delay = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])


async def copy(reader, writer):
    loop = asyncio.get_running_loop()
    try:
        while data := await reader.read(1 << 18):
            loop.call_later(delay, writer.write, data)
    except ConnectionError:
        pass
    loop.call_later(delay, writer.close)


async def serve(reader, writer):
    await asyncio.sleep(delay * 2)  # of the TCP handshake
    far_reader, far_writer = await asyncio.open_connection(to, to_port)
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))


async def main():
    server = await asyncio.start_server(serve, listen, port, limit=1 << 20)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
