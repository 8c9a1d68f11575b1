"""A customer of Ticksupply, in the two ways that its page shows: waiting when refused, or watching what remains.

usage: ticksupply.py wait|watch URL KEY REQUESTS
Says that it is ready, waits for a line, and in the end prints one of JSON: the statuses that it saw, and for how long it slept each time.
"""

import json
import sys
import time

import requests


class Watcher:
    """Slows down before the limit: sleeps until the minute's reset once five or fewer requests remain."""

    def __init__(self, key):
        self.key = key
        self.remaining = 200
        self.reset = 0
        self.pauses = []

    def get(self, url):
        if self.remaining <= 5:
            pause = max(0, self.reset - time.time()) + 1
            self.pauses.append(pause)
            time.sleep(pause)
        answer = requests.request("GET", url, headers={"X-Api-Key": self.key})
        self.remaining = int(answer.headers.get("X-RateLimit-Remaining-Minute", 200))
        reset = answer.headers.get("X-RateLimit-Reset-Minute")
        self.reset = int(reset) if reset else time.time() + 60
        return answer.status_code


class Waiter:
    """Sleeps for as long as a refusal says, up to five times a request."""

    def __init__(self, key):
        self.key = key
        self.pauses = []
        self.statuses = []

    def get(self, url):
        for _ in range(5):
            answer = requests.get(url, headers={"X-Api-Key": self.key})
            self.statuses.append(answer.status_code)
            if answer.status_code != 429:
                answer.raise_for_status()
                return answer.json()
            self.pauses.append(int(answer.headers.get("Retry-After", 30)))
            time.sleep(self.pauses[-1])
        raise SystemExit("refused five times")


def main():
    way, url, key, count = sys.argv[1:]
    print("ready", flush=True)
    input()
    client = Watcher(key) if way == "watch" else Waiter(key)
    answers = [client.get(url) for _ in range(int(count))]
    statuses = answers if way == "watch" else client.statuses
    print(json.dumps({"statuses": statuses, "pauses": client.pauses}))


main()
