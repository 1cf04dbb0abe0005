"""Files in forms: the one way in which a browser without a script can send a file."""

import re

from starlette.requests import Request

from gateway.kit.errors import BadRequest

BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?')
PART_NAME = re.compile(rb'form-data;(?:.*;)?\s*name="([^"]*)"', re.IGNORECASE)
MOST_PARTS = 20
MALFORMED = "The form is malformed."


async def read_file_form(request: Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Read a posted form with files; return its fields and its files, by name.

    What is chosen as a file has a file name in its part; an empty choice is left out. The fields
    are remembered for the page that answers, as `read_form` does.

    Raises:
        BadRequest: the body is no such form.
    """
    fields, files = dict[str, str](), dict[str, bytes]()
    boundary = BOUNDARY.search(request.headers.get("content-type", ""))
    if boundary is None:
        raise BadRequest(MALFORMED)
    body = b"\r\n" + await request.body()
    parts = body.split(b"\r\n--" + boundary[1].encode())[1:-1]
    if len(parts) > MOST_PARTS:
        raise BadRequest(MALFORMED)
    for part in parts:
        head, found, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = PART_NAME.search(head)
        if not found or name is None:
            raise BadRequest(MALFORMED)
        if b"filename=" not in head:
            fields[name[1].decode(errors="replace")] = data.decode(errors="replace")
        elif data:
            files[name[1].decode(errors="replace")] = data
    request.scope["state"]["posted_form"] = fields
    return fields, files
