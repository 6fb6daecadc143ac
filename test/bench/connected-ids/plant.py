"""Writes keys and cached grains of COUNT minions as Salt itself keeps them below ROOT, the i-th with the
i-th address of standard input: `python plant.py ROOT` after `master` is there."""
import os
import sys

import salt.cache
import salt.config
import salt.version

opts = salt.config.master_config(os.path.join(sys.argv[1], "master"))
keys = os.path.join(opts["pki_dir"], "minions")
os.makedirs(keys, exist_ok=True)
cache = salt.cache.factory(opts)
flat = salt.version.__saltstack_version__.major >= 3008
for number, address in enumerate(sys.stdin.read().split()):
    name = "minion-%05d.example.net" % number
    with open(os.path.join(keys, name), "w", encoding="ascii") as key:
        key.write("not a key, only a name\n")
    grains = {"id": name, "os": "Debian", "ipv4": ["127.0.0.1", address], "ipv6": ["::1"]}
    if flat:
        cache.store("grains", name, grains)
    else:
        cache.store("minions/" + name, "data", {"grains": grains, "pillar": {}})
