"""Who a person is, and how that stays private: NIK, words that name a person."""
