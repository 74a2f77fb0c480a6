"""Makes the calls of Lime's `limeclient` against examples/lime-style, and prints what came back.

    LIME_URL=http://127.0.0.1:8787 KEY=... PYTHONPATH=CHECKOUT python test/outside/seed-clients/lime_calls.py
"""

import os
import sys

from limeclient.limeclient import LimeClient
from requests.exceptions import HTTPError

# The database is part of the address, as Lime's cloud has it.
client = LimeClient(os.environ["LIME_URL"], "my_app")
client.authenticate_with_api_key(os.environ["KEY"])
failed = 0


def expect(name, response, status):
    global failed
    is_right = response.status_code == status
    failed += 0 if is_right else 1
    print(f"| {name} | {'ok' if is_right else 'FAILS'} | {response.status_code} {' '.join(response.text.split())[:90]} |")
    return response


company = "/my_app/api/v1/limeobject/company/"
expect("get the list", client.get(company), 200)
made = expect("post an object", client.post(company, data='{"name": "Acme"}'), 201)
where = made.json().get("_links", {}).get("self", {}).get("href", company)
expect("get the object", client.get(where), 200)
expect("put the object", client.put(where, data='{"name": "Acme 2"}'), 200)
expect("delete the object", client.delete(where), 204)
client.authenticate_with_api_key("no-key-of-anybody-0123456789")
try:
    client.get(company)
except HTTPError as error:
    expect("get with a wrong key", error.response, 401)
sys.exit(1 if failed else 0)
