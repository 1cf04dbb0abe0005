"""Lines that the rules of `secrets.yaml` find, and some that they must not."""

import hmac
import logging

log = logging.getLogger(__name__)


def check_delivery(own_signature, signature, endpoint):
    # ruleid: secret-compared-in-plain
    if own_signature == signature:
        return True
    # ruleid: secret-compared-in-plain
    if endpoint.secret != signature:
        return False
    # ruleid: secret-in-a-log-line
    log.info("delivery of %s", endpoint.webhook_secret)
    # ruleid: secret-in-a-log-line
    log.warning("delivery failed", extra={"endpoint": endpoint.id, "given": endpoint.token})
    # ok: secret-in-a-log-line
    log.info("delivery of %s", endpoint.id)
    # ok: secret-compared-in-plain
    return hmac.compare_digest(own_signature, signature)
