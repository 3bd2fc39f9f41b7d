-- A case as a whole may also end with a membership ended as asked: its figures stand apart from those of active cards.
ALTER TABLE view.step_time DROP CONSTRAINT step_time_kind_check;
ALTER TABLE view.step_time ADD CONSTRAINT step_time_kind_check
    CHECK (kind IN ('tugas', 'langkah', 'selesai', 'aktif', 'nonaktif'));
