"""Pages of consent."""

from django.urls import path

from consent.web.views import notices, person, staff

app_name = "consent"
urlpatterns = [
    path("privacy/<slug:controller_code>/preferences", person.preference_door, name="preference_door"),
    path(
        "privacy/<slug:controller_code>/preferences/sent",
        person.preference_link_sent,
        name="preference_link_sent",
    ),
    path("preferences/<str:token>/", person.preference_form, name="preference_form"),
    path("preferences/<str:token>/saved", person.preference_saved, name="preference_saved"),
    path("consents/", staff.consent_list, name="consent_list"),
    path("consents/withdrawals/", staff.withdrawal_list, name="withdrawal_list"),
    path("consents/withdrawals/<uuid:pk>/", staff.withdrawal_detail, name="withdrawal_detail"),
    path("consents/people/<uuid:subject_id>/", staff.person_detail, name="person_detail"),
    path("consents/people/<uuid:subject_id>/identifiers", staff.reveal, name="reveal"),
    path("consents/people/<uuid:subject_id>/withdrawals", staff.withdraw, name="withdraw"),
    path("consents/notices/", notices.notice_list, name="notice_list"),
    path("consents/notices/<uuid:purpose_id>/", notices.notice_detail, name="notice_detail"),
]
