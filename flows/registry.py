"""The one list of all conversations."""

from flows import (
    book_appointment,
    call_back,
    check_eligibility,
    complaint_suggestion,
    look_up,
    my_appointments,
    my_data,
    services_near_me,
    talk_to_person,
)
from flows.steps import Flow

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        book_appointment.FLOW,
        call_back.FLOW,
        check_eligibility.FLOW,
        complaint_suggestion.FLOW,
        look_up.FLOW,
        my_appointments.FLOW,
        my_data.DELETING,
        my_data.SHOWING,
        services_near_me.FLOW,
        talk_to_person.FLOW,
    )
}
