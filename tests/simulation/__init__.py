"""A deterministic simulation of the clinic and its Odoo: `python -m tests.simulation --seeds 100`.

The real sync, the real ORM on SQLite in memory, the sandbox in this process; a virtual clock; people who work on both
sides; workers that are interleaved at every call and every statement; and every fault. A seed makes a schedule, and
a schedule is data: the same one replays to the same events, one that fails is shrunk and printed.

    clock       time, and what depends on it: randomness of identities, renewals of leases, skew between the two sides
    lean        what Django need not work out anew for every statement
    place       the database and the sandbox, made once and put back for each schedule
    wire        calls to Odoo, and what can go wrong with them
    workers     workers as coroutines that can be stopped at any call or statement, for a while or for good
    desk        what people do in the clinic
    office      what people do in Odoo
    people      who decides what waits for a person
    schedule    from a seed to the steps
    story       what a schedule is, where it sets out, and what comes of it
    intents     who wanted which value last: the independent account of what must come out
    world       one schedule, step by step
    healing     what happens after its last step, until all is quiet
    check       what must hold in the end
    shrink      a failing schedule, made small
    report      which fault met which call, and how often everything happened
"""
