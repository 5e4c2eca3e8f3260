"""Signs and takes apart JWTs as a test needs them: right ones, and wrong ones on purpose."""
import base64
import hashlib
import hmac
import json
import time
import uuid


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b'=').decode()


def decode(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def claims(token):
    return json.loads(decode(token.split('.')[1]))


def header(token):
    return json.loads(decode(token.split('.')[0]))


def is_signed_with(token, key):
    """By HS256."""
    text, signature = token.rsplit('.', 1)
    return encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()) == signature


def truncated(token):
    """header.payload, as lists and the database hold it."""
    return '.'.join(token.split('.')[:2])


def sign(key, drop=(), header=None, **changes):
    """A PAT signed with `key`; claims can be changed, or left out by `drop`."""
    now = int(time.time())
    body = {'token_type': 'refresh', 'exp': now + 86400, 'iat': now, 'jti': uuid.uuid4().hex, 'user_id': '1'}
    body.update(changes)
    for name in drop:
        del body[name]
    return sign_claims(key, body, header)


def sign_claims(key, body, header=None):
    header = header or {'alg': 'HS256', 'typ': 'JWT'}
    text = '.'.join(encode(json.dumps(part, separators=(',', ':')).encode()) for part in (header, body))
    if header.get('alg') == 'none':
        return text + '.'
    return text + '.' + encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest())


def with_other_signature(token):
    head, signature = token.rsplit('.', 1)
    return head + '.' + ('A' if signature[0] != 'A' else 'B') + signature[1:]
