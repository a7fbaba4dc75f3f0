"""Native proxies: machines of an exclusive key that speak ComfyUI's own API (RunningHub API, AI apps).

Of the vendor's side one sentence is known: `/proxy/{key}` is a machine of 24 GB, `/proxy-plus/{key}` one of
48 GB, for exclusive keys. What lies behind is ComfyUI, whose API is public; the calls that clients make of it
are here, over the same tasks, files and machine that the other calls know. Begin with `desk`, which answers.
"""
