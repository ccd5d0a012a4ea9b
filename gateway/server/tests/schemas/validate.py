"""Is a document valid by the second validator, `xmlschema`? Asked through a pipe, so that schemas are read once.

A question is a line "SCHEMA<tab>BYTES" and then so many bytes; the answer a line of JSON: null, or what is wrong.
"""

import io
import json
import sys
import xml.etree.ElementTree as tree

import xmlschema

schemas = {}
for line in iter(sys.stdin.buffer.readline, b""):
    schema, length = line.decode().rstrip("\n").split("\t")
    if schema not in schemas:
        schemas[schema] = xmlschema.XMLSchema10(schema)
    document = tree.parse(io.BytesIO(sys.stdin.buffer.read(int(length))))
    flaw = next(schemas[schema].iter_errors(document), None)
    print(json.dumps(flaw and f"{flaw.path}: {flaw.reason}"), flush=True)
