"""Rows that show how a sheet is filled in. Invented; what one kind names the one before it has, so that all can be tried in turn."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

Example = Mapping[str, str]
"""Cells by column; columns it does not name stay empty."""

_VENDORS: Sequence[Example] = (
    {
        "nama_usaha": "Pia Sari Tape",
        "pemilik": "Bu Ratna Dewi",
        "kategori": "Camilan khas",
        "kecamatan": "Kaliwates",
        "whatsapp": "0812 0000 1001",
        "email": "ratnadewi@example.com",
        "produk_unggulan": "Pia tape",
        "hari_tidak_bisa": "Jumat",
        "jam_pilihan": "malam",
        "bahasa": "Indonesia; Jawa",
        "instagram": "contohpiasaritape",
        "catatan": "Suka bercerita tentang resep ibunya.",
    },
    {"nama_usaha": "Boneka Batik Kecil", "pemilik": "Bu Anis Fitriyah", "kategori": "Kriya", "whatsapp": "0812 0000 1002"},
    {"nama_usaha": "Sambal Pecel Bu Ratmi", "pemilik": "Bu Ratmi", "kategori": "Kuliner olahan", "whatsapp": "0812 0000 1003"},
)
_PRODUCTS: Sequence[Example] = (
    {
        "nama_usaha": "Pia Sari Tape",
        "kode": "K01",
        "nama_produk": "Pia tape keju isi 10",
        "harga_idr": "13000",
        "satuan": "kotak",
        "stok": "60",
        "berat_gram": "320",
    },
    {"nama_usaha": "Pia Sari Tape", "kode": "K02", "nama_produk": "Pia tape cokelat isi 10", "harga_idr": "13rb", "satuan": "kotak"},
    {"nama_usaha": "Boneka Batik Kecil", "kode": "K04", "nama_produk": "Boneka kain berbaju batik", "harga_idr": "40000"},
)


def example_rows(kind: str, starts_on: date) -> Sequence[Example]:
    """The rows of a kind, for an edition that begins on that day: live sessions within it, earlier turns before it."""
    if kind == "sessions":
        day = starts_on.isoformat()
        return (
            {"tanggal": day, "sesi": "sore", "mulai": "16.00", "selesai": "17.00", "menit_per_giliran": "15"},
            {
                "tanggal": day,
                "sesi": "malam",
                "mulai": "20.00",
                "selesai": "21.30",
                "menit_per_giliran": "15",
                "zoom_url": "https://zoom.example/j/81442000137",
                "host": "Rani Prameswari",
            },
        )
    if kind == "viewers":
        day = starts_on.isoformat()
        return (
            {"tanggal": day, "mulai": "16.00", "penonton": "45"},
            {"tanggal": day, "jam": "20.00", "penonton": "85"},
            {"tanggal": day, "jam": "21.00", "penonton": "120"},
        )
    if kind == "history":
        before = {"edition": "Bazar sebelumnya", "tanggal": (starts_on - timedelta(days=30)).isoformat()}
        return (
            {**before, "jam": "19.30", "nama_usaha": "Pia Sari Tape", "menit_tayang": "12", "penonton": "50"},
            {**before, "jam": "19.45", "nama_usaha": "Boneka Batik Kecil", "menit_tayang": "14"},
        )
    return _PRODUCTS if kind == "products" else _VENDORS
