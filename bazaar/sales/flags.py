"""What a person should look at although the entry was stored: money is never refused for being odd."""

from enum import StrEnum


class Flag(StrEnum):
    """Why a stored entry deserves a look. Flags never change a total."""

    NOT_OF_THIS_VENDOR = "not_of_this_vendor"  # the product belongs to another vendor than the turn
    UNKNOWN_PRODUCT = "unknown_product"  # nobody sells under that code; the code stands for the name
    PRICE_DIFFERS = "price_differs"  # another price than the product's own at that moment
    EMPTY_SLOT = "empty_slot"  # no vendor had the slot when the entry arrived
    BEFORE_TURN = "before_turn"  # the turn had not begun: the stream runs early, or a clock is wrong
    LIVE_SESSION_WITHDRAWN = "live_session_withdrawn"  # the live session had been called off
    PAYMENT_UNKNOWN = "payment_unknown"  # a payment label nobody knows; counted as `other`
    RECORDED_AT_UNREADABLE = "recorded_at_unreadable"  # the device's time made no sense; it decides nothing anyway
    TEXT_CUT = "text_cut"  # an alias, a reason or a device name was longer than its column
