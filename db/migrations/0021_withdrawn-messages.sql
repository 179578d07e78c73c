-- `withdrawn`: refused or held, and by somebody's word nothing takes its place.
alter table outbound_message
  drop constraint outbound_message_state_check,
  add constraint outbound_message_state_check
    check (state in ('held', 'pending', 'sent', 'acknowledged', 'refused', 'resubmitted', 'withdrawn'));
