"""Reminders, in the order of their story.

*Planned* as rows with whatever changed the turns: `policy` (when), `plan`, `changes`, `notices`, `nudges` (what an answer makes needless).
*Worded* when sent, from the rows of that moment: `letter` (the facts), `compose`, `placeholders` and `message_texts` (an edition's own
words), `invite` (the calendar file), `words` (what became of it, for people).
*Sent* by whoever holds the `lease`, and only while the `guard` lets it (`clock_watch`, `sent_journal`, `holds`): `dispatch` makes the pass;
`upkeep` begins it (`expiry`, `quiet`, `fallback`), `sending` does one message, `ways` says by which channel, `pacing` whether now,
`outcome` what comes of it, `retry` when again. `rows` moves deliveries from state to state, `keys` names messages. `channels/` are the
ways themselves, `channel_accounts` the bazaars' accesses to them.
*Heard of* afterwards: `provider_words`, `provider_events`, `replies`, `reply_meaning`, `telegram_chats`.
*Seen and settled* by people: `queries` (the board), `timeline` (the story of a turn), `hand`, `take_back`, `dead_letters`, `call_list`,
`vendor_ways`, `channel_list`, `channel_settings`, `channel_trial`; `settling` is what steps about one message share.
*Watched*: `pulse`, `figures`. *Forgotten*: `retention`. What all of it needs of the real world stands in `world`.
"""
