"""Our own history: one file a room, run over commits by airspeed velocity. Beside peers: ``benchmarks/versus``.

    cd benchmarks && asv run --quick HEAD^!         # one commit; asv publish and asv preview show many
    cd benchmarks && asv run --quick -E existing    # the environment that is active

Nothing here needs data: texts are made of a vocabulary by chance, always the same.
"""
