"""Who a person is, and how that stays private: NIK, sealed registers, words that name a person."""
