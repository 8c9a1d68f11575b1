"""A customer of IPTO as its page shows it: asks until it is no longer refused, sleeping as it is told.

usage: ipto.py URL KEY
Says that it is ready, waits for a line, and in the end prints one of JSON: the statuses that it saw, for how long it slept each time, and what the bodies said of that.
"""

import json
import sys
import time

import requests


def main():
    url, key = sys.argv[1:]
    print("ready", flush=True)
    input()
    statuses, pauses, told = [], [], []
    while True:
        answer = requests.get(url, headers={"X-Api-Key": key})
        statuses.append(answer.status_code)
        if answer.status_code != 429:
            break
        pauses.append(int(answer.headers.get("Retry-After", 60)))
        told.append(answer.json()["retry_after"])
        time.sleep(pauses[-1])
    print(json.dumps({"statuses": statuses, "pauses": pauses, "told": told}))


main()
