"""`contain` served as Prefect's documentation begins: no runner of its own, nothing set."""

from flows.contain import contain

if __name__ == "__main__":
    contain.serve(name="plain")
