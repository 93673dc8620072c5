"""A steady load for half an hour, while one mail and one call of a webhook in a hundred goes wrong outside."""

import time

from tools.trial.costs import Costs
from tools.trial.stage import Stage, fresh, on_one_machine, verdict

TROUBLE = 0.01


def run(at_once: int = 4, minutes: float = 30) -> int:
    stage = Stage(fresh("steady"), trouble=TROUBLE)
    on_one_machine(stage, stage.folder)
    try:
        costs = Costs(stage)
        with stage.loaded(at_once) as load:
            time.sleep(minutes * 60)
            print(f"{minutes:g} minutes; {stage.sinks.refused} mails and calls refused or left waiting", flush=True)
        print(costs.in_words(load.world.tally.done), flush=True)
        found = stage.judge()
        return verdict(found) or bool(load.world.tally.given_up)
    finally:
        stage.keeper.end()
