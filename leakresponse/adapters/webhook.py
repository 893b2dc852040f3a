"""One JSON document to one address of the retailer's own: a pager, an identity provider. Times out always.

The address may carry a secret in its path, so it never enters an error or a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from leakresponse.core.errors import BadInput, Refused, Unavailable

TIMEOUT_SECONDS = (3.0, 10.0)


def post_json(url: str, document: Mapping[str, Any], token: str = "") -> int:
    """POST the document; the answer is the status. Posting twice harms nothing on the other side.

    Raises BadInput where the address is none, Unavailable where nobody answered or the answer was 429 or 5xx, Refused
    for the other statuses.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                url, json=dict(document), headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
    except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
        raise BadInput("webhook: the address is none") from None
    except requests.RequestException as error:
        raise Unavailable(f"webhook: no answer ({type(error).__name__})") from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Unavailable(f"webhook: answered {answer.status_code}")
    if not 200 <= answer.status_code < 300:
        raise Refused(f"webhook: answered {answer.status_code}", f"HTTP_{answer.status_code}")
    return answer.status_code
