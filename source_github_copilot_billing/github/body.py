"""An answer's body in pieces as they arrive, so that its size and its time can be bounded while it comes."""

from collections.abc import Iterator

import requests
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError, ReadTimeoutError

from source_github_copilot_billing.clock import Clock

PIECE_BYTES = 1 << 20


class TooSlow(requests.exceptions.Timeout):
    """The body did not end in its time. requests' own time-out begins again with each byte."""


def pieces(response: requests.Response, clock: Clock, until: float) -> Iterator[bytes]:
    """`iter_content` gives nothing before so many bytes are there, which a body that drips takes for ever.

    The time is looked at when a piece is there: a server that drips a gzip header or a chunk's size byte by byte is
    bounded by the library's time-out between two bytes alone.

    :param response: of a request with stream=True
    :param until: by the clock's monotonic time
    :raises requests.exceptions.RequestException: cut off, undecodable, or too slow
    """
    try:
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
            if clock.monotonic() > until:
                raise TooSlow
            yield piece
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from None
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from None
    except ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from None
    except HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from None
