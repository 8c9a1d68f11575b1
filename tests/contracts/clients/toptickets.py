"""A customer of TopTickets, in the two ways that its page shows: waiting when refused, or backing off with jitter.

usage: toptickets.py wait|back-off URL KEY ATTEMPTS
Says that it is ready, waits for a line, and in the end prints one of JSON: the statuses that it saw, and for how long it slept after each refusal.
"""

import json
import random
import sys
import time

import requests


def pause_when_waiting(answer, _attempt):
    return int(answer.headers.get("Retry-After", 60))


def pause_when_backing_off(answer, attempt):
    pause = 2**attempt + random.uniform(0, 1)
    told = answer.headers.get("Retry-After")
    return max(pause, int(told)) if told else pause


def main():
    way, url, key, attempts = sys.argv[1:]
    print("ready", flush=True)
    input()
    pause_after = {"wait": pause_when_waiting, "back-off": pause_when_backing_off}[way]
    statuses, pauses = [], []
    for attempt in range(int(attempts)):
        answer = requests.request("GET", url, headers={"Authorization": f"Bearer {key}"})
        statuses.append(answer.status_code)
        if answer.status_code != 429:
            break
        pauses.append(pause_after(answer, attempt))
        time.sleep(pauses[-1])
    print(json.dumps({"statuses": statuses, "pauses": pauses}))


main()
