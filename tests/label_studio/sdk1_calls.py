"""
What a program written for the SDK 1.0 does. Run by the Python that has it:

    python sdk1_calls.py BASE_URL PAT LEGACY_TOKEN API_KEY OWNER_PAT SHORT_LIVED_URL SHORT_LIVED_PAT

Prints one JSON object: what came back, by call; what was raised, as text.
"""
import asyncio
import json
import sys
import time

from label_studio_sdk._legacy import Client
from label_studio_sdk.client import AsyncLabelStudio, LabelStudio

answers = {}


def call(name, function):
    try:
        answers[name] = function()
    except Exception as error:
        answers[name] = '%s: %s' % (type(error).__name__, error)
    return answers[name]


def token(item):
    return [item.token, item.created_at, item.expires_at]


def settings(item):
    return [item.api_tokens_enabled, item.legacy_api_tokens_enabled, item.api_token_ttl_days]


def main(base_url, pat, legacy, api_key, owner_pat, short_url, short_pat):
    sdk = LabelStudio(base_url=base_url, api_key=pat)
    call('whoami', lambda: sdk.users.whoami().email)
    call('whoami slash', lambda: LabelStudio(base_url=base_url + '/', api_key=pat).users.whoami().email)
    call('whoami legacy', lambda: LabelStudio(base_url=base_url, api_key=legacy).users.whoami().email)
    call('whoami api key', lambda: LabelStudio(base_url=base_url, api_key=api_key).users.whoami().email)
    call('users', lambda: [user.email for user in sdk.users.list()])
    call('get_token', lambda: sdk.users.get_token().token)

    made = call('create', lambda: token(sdk.tokens.create()))
    call('get', lambda: [token(item) for item in sdk.tokens.get()])
    call('second create', lambda: token(sdk.tokens.create()))
    call('refresh', lambda: sdk.tokens.refresh(refresh=made[0]).access)
    new = call('rotate', lambda: sdk.tokens.rotate(refresh=made[0]).refresh)
    call('rotate again', lambda: sdk.tokens.rotate(refresh=made[0]).refresh)
    call('blacklist', lambda: sdk.tokens.blacklist(refresh=new))
    call('blacklist again', lambda: sdk.tokens.blacklist(refresh=new))
    call('refresh revoked', lambda: sdk.tokens.refresh(refresh=new).access)

    owner = LabelStudio(base_url=base_url, api_key=owner_pat)
    call('settings', lambda: settings(owner.jwt_settings.get()))
    call('settings changed', lambda: settings(owner.jwt_settings.create(
        api_tokens_enabled=True, legacy_api_tokens_enabled=True, api_token_ttl_days=30)))
    call('settings restored', lambda: settings(owner.jwt_settings.create(
        api_tokens_enabled=True, legacy_api_tokens_enabled=True, api_token_ttl_days=73000)))

    async def several():
        client = AsyncLabelStudio(base_url=base_url, api_key=pat)
        return [me.email for me in await asyncio.gather(*[client.users.whoami() for _ in range(4)])]

    call('async', lambda: asyncio.run(several()))

    def over_the_end():
        client = LabelStudio(base_url=short_url, api_key=short_pat)
        used, end = set(), time.monotonic() + 5
        while time.monotonic() < end:
            client.users.whoami()
            used.add(client._client_wrapper._tokens_client._access_token)
            time.sleep(0.05)
        return len(used)

    call('access tokens used', over_the_end)

    def old_client(key):
        client = Client(url=base_url, api_key=key)
        return [client.check_connection(), client.make_request('GET', '/api/current-user/whoami').json()['email']]

    call('old client, legacy token', lambda: old_client(legacy))
    call('old client, pat', lambda: old_client(pat))
    call('old client, api key', lambda: old_client(api_key))
    print(json.dumps(answers))


if __name__ == '__main__':
    main(*sys.argv[1:])
