-- What leaves at once is found in its order, a page at a time, however much of it waits.
create index outbound_message_at_once on outbound_message (reported_at, ordinal, message_id)
  where part = 43 and state = 'pending';
