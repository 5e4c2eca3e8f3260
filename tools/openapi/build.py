#!/usr/bin/env python3
"""Makes of docs/openapi.yaml what the program serves: build.py SOURCE VERSION OUT...

Each OUT is one of these names, in any folder:

  openapi.json, openapi.yaml   the description without its end: the server writes "servers" and what
                               closes the text behind it, since it alone knows --public-url
  openapi.json.gz, …           the same as gzip, flushed where its own end is to follow; the last eight
                               bytes are CRC-32 and length so far (RFC 1952 2.3.1)
  openapi.html                 the readable page, with @address@ where the server's address belongs
  openapi.html.gz              what stands between those, for gzip_between: each packed on its own, and before it
                               the length of that, CRC-32 and length of what is in it, four bytes each

A mistake in the description stops the build: a member twice, a reference to nothing, an
operation without a name of its own.
"""
import json
import os
import pathlib
import struct
import sys
import zlib

sys.dont_write_bytecode = True  # the build leaves nothing in the source tree

import page  # noqa: E402
import source  # noqa: E402


def json_text(description):
    text = json.dumps({k: v for k, v in description.items() if k != 'servers'}, ensure_ascii=False,
                      separators=(',', ':'))
    return text[:-1] + ','


def yaml_text(path, version):
    text = pathlib.Path(path).read_text(encoding='utf-8')
    placeholder = 'version: "%s"' % source.PLACEHOLDER
    if text.count(placeholder) != 1:
        source.fail('info.version is to stand there as %s, once' % placeholder)
    return text.replace(placeholder, 'version: "%s"' % version).rstrip('\n') + '\n'


def gzip_open(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
    # no name, no time: equal input gives equal output
    return b'\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff' + deflated + struct.pack('<II', zlib.crc32(data), len(data))


def gzip_pieces(data):
    whole = b''
    for piece in data.split(b'@address@'):
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        deflated = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
        whole += struct.pack('<III', len(deflated), zlib.crc32(piece), len(piece)) + deflated
    return whole


def main():
    path, version, outs = sys.argv[1], sys.argv[2], sys.argv[3:]
    description = source.read(path, version)
    made = {'openapi.json': json_text(description), 'openapi.yaml': yaml_text(path, version),
            'openapi.html': page.text(description)}
    made = {name: text.encode() for name, text in made.items()}
    for out in outs:
        name = os.path.basename(out)
        pack = gzip_pieces if name == 'openapi.html.gz' else gzip_open
        data = pack(made[name[:-3]]) if name.endswith('.gz') else made[name]
        pathlib.Path(out).write_bytes(data)


if __name__ == '__main__':
    main()
