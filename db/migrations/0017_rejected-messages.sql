-- The desk asks for the rejected messages of feeds every few seconds; there are few of them among many.
create index feed_journal_rejected on feed_journal (received_at) where verdict = 'rejected';
