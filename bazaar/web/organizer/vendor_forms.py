"""The forms about a vendor and its products, to and from what the register keeps."""

import re
from typing import Any

from wtforms import BooleanField
from wtforms.validators import Optional, Regexp

from bazaar.vendors.products import ProductData
from bazaar.vendors.registry import VendorData, WishData
from bazaar.web.organizer.fields import (
    Clock,
    DaysOffText,
    DeskForm,
    Line,
    Lines,
    Phone,
    Rupiah,
    Seen,
    Ticks,
    Whole,
    needed,
    strip,
    weekday_ticks,
)

CATEGORIES = (
    "Agribisnis",
    "Camilan",
    "Camilan khas",
    "Fesyen dan batik",
    "Hampers",
    "Kecantikan",
    "Kopi dan cokelat",
    "Kriya",
    "Kue Lebaran",
    "Kuliner olahan",
    "Minuman dan herbal",
    "Olahan edamame",
    "Olahan hasil laut",
    "Tembakau",
)
LANGUAGES = ("Indonesia", "Jawa", "Madura", "Inggris")
UNITS = ("buah", "bungkus", "kotak", "toples", "botol", "kg", "lembar", "pasang", "paket", "besek")


class VendorForm(DeskForm):
    """Everything an organizer writes down about a vendor."""

    revision = Seen()
    business_name = Line("Nama usaha", [needed("Tulis nama usahanya.")])
    owner_name = Line("Pemilik", [needed("Tulis nama pemiliknya, dengan sapaan. Contoh: Bu Siti Aminah.")])
    category = Line("Jenis barang", [needed("Tulis jenis barangnya. Contoh: Camilan khas.")], length=60)
    district = Line("Kecamatan atau kota")
    featured_product = Line("Barang unggulan", length=200)
    phone = Phone("Nomor WhatsApp", needs="Tulis nomor WhatsApp. Contoh: 0812 0000 1024.")
    is_phone_public = BooleanField("Nomor boleh dilihat pembeli")
    is_opted_out = BooleanField("Tidak mau menerima pesan")
    email = Line(
        "E-mail",
        [Optional(), Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+", message="Alamat e-mail ini tidak lengkap. Contoh: siti@contoh.id.")],
        length=254,
    )
    days_off = DaysOffText("Hari tidak bisa")
    available_from = Clock("Bisa mulai jam")
    available_until = Clock("Paling lambat sampai jam")
    wish_from = Clock("Ingin mulai jam")
    wish_until = Clock("Ingin sebelum jam")
    wish_weekdays = weekday_ticks("Hari yang diinginkan")
    min_turns = Whole("Giliran paling sedikit", 0, 99, default=1)
    max_turns = Whole("Giliran paling banyak", 0, 99, is_optional=True)
    languages = Ticks("Bahasa saat siaran", choices=LANGUAGES)
    instagram = Line("Instagram")
    shopee = Line("Shopee")
    tokopedia = Line("Tokopedia")
    note = Lines("Catatan panitia")

    def offer_languages(self, known: tuple[str, ...]) -> None:
        """Languages that came by an import stay on offer."""
        self.languages.choices = [*LANGUAGES, *(name for name in known if name not in LANGUAGES)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Also what only two fields together can be wrong about."""
        is_valid = bool(super().validate(extra_validators))
        for first, second, sentence in (
            (self.available_from, self.available_until, "Jam selesai harus sesudah jam mulai."),
            (self.wish_from, self.wish_until, "Jam ini harus sesudah jam mulai yang diinginkan."),
        ):
            if first.data is not None and second.data is not None and second.data <= first.data:
                self.refuse(second.name, sentence)
                is_valid = False
        if self.max_turns.data is not None and self.min_turns.data is not None and self.max_turns.data < self.min_turns.data:
            self.refuse("max_turns", "Paling banyak tidak boleh kurang dari paling sedikit.")
            is_valid = False
        return is_valid

    def vendor_data(self) -> VendorData:
        """What was written, for the register."""
        return VendorData(
            business_name=self.business_name.data,
            owner_name=self.owner_name.data,
            category=self.category.data,
            phone=self.phone.data,
            district=self.district.data,
            is_phone_public=self.is_phone_public.data,
            email=self.email.data.lower(),
            featured_product=self.featured_product.data,
            languages=tuple(self.languages.data or ()),
            instagram=self.instagram.data,
            shopee=self.shopee.data,
            tokopedia=self.tokopedia.data,
            note=self.note.data,
            available_from_minute=self.available_from.data,
            available_until_minute=self.available_until.data,
            min_turns=self.min_turns.data or 0,
            max_turns=self.max_turns.data,
            is_opted_out=self.is_opted_out.data,
            days_off=self.days_off.data,
            wish=WishData(self.wish_from.data, self.wish_until.data, tuple(self.wish_weekdays.data or ())),
        )


def vendor_values(data: VendorData) -> dict[str, Any]:
    """The register's values by the form's field names."""
    wish = data.wish
    return {
        **{name: getattr(data, name) for name in data.__dataclass_fields__},
        "available_from": data.available_from_minute,
        "available_until": data.available_until_minute,
        "wish_from": wish.from_minute,
        "wish_until": wish.until_minute,
        "wish_weekdays": list(wish.weekdays),
        "languages": list(data.languages),
    }


class ProductForm(DeskForm):
    """A product."""

    version = Seen()
    code = Line(
        "Kode",
        [
            needed("Tulis kodenya. Contoh: K01."),
            Regexp(r"[A-Za-z][A-Za-z0-9]*$", message="Kode diawali huruf, lalu huruf atau angka. Contoh: K01."),
        ],
        length=12,
    )
    name = Line("Nama barang", [needed("Tulis nama barangnya.")])
    price = Rupiah("Harga", needs="Tulis harganya. Contoh: 15000 atau 15rb.")
    unit = Line("Satuan", length=30)
    stock = Whole("Stok", 0, 1_000_000, is_optional=True)
    weight_grams = Whole("Berat (gram)", 1, 1_000_000, is_optional=True)

    def product_data(self) -> ProductData:
        """What was written, for the register."""
        return ProductData(
            code=re.sub(r"\s", "", strip(self.code.data)).upper(),
            name=self.name.data,
            price_idr=self.price.data,
            unit=self.unit.data,
            stock=self.stock.data,
            weight_grams=self.weight_grams.data,
        )


def product_values(data: ProductData) -> dict[str, Any]:
    """The register's values by the form's field names."""
    return {
        "code": data.code,
        "name": data.name,
        "price": data.price_idr,
        "unit": data.unit,
        "stock": data.stock,
        "weight_grams": data.weight_grams,
    }
