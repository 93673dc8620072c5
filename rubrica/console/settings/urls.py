"""The addresses of the settings, below /console/settings; their names are in the namespace of the console."""

from django.urls import path
from django.views.generic import RedirectView

from rubrica.console.settings import certificate, channels, company, deliveries, folders, webhooks

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:company"), name="settings"),
    path("/company", company.company, name="company"),
    path("/company/save", company.save_company, name="save_company"),
    path("/company/picture", company.upload_picture, name="upload_picture"),
    path("/company/picture/remove", company.remove_picture, name="remove_picture"),
    path("/company/preview.css", company.preview, name="preview_brand"),
    path("/folders", folders.folders, name="folders"),
    path("/folders/add", folders.add_folder, name="add_folder"),
    path("/folders/<int:pk>", folders.change_folder, name="change_folder"),
    path("/tags/add", folders.add_tag, name="add_tag"),
    path("/tags/<int:pk>", folders.change_tag, name="change_tag"),
    path("/channels", channels.channels, name="channels"),
    path("/channels/<str:channel>/test", channels.send_test, name="channel_test"),
    path("/webhooks", webhooks.webhooks, name="webhooks"),
    path("/webhooks/new", webhooks.new_webhook, name="new_webhook"),
    path("/webhooks/add", webhooks.add_webhook, name="add_webhook"),
    path("/webhooks/<int:pk>", webhooks.webhook, name="webhook"),
    path("/webhooks/<int:pk>/change", webhooks.change_webhook, name="change_webhook"),
    path("/webhooks/<int:pk>/secret", webhooks.show_secret, name="show_secret"),
    path("/webhooks/<int:pk>/secret/new", webhooks.change_secret, name="change_secret"),
    path("/webhooks/<int:pk>/ping", webhooks.send_ping, name="send_ping"),
    path("/webhooks/<int:pk>/switch", webhooks.switch, name="switch_webhook"),
    path("/webhooks/<int:pk>/remove", webhooks.remove_webhook, name="remove_webhook"),
    path("/deliveries", deliveries.deliveries, name="deliveries"),
    path("/deliveries/<int:pk>", deliveries.delivery, name="delivery"),
    path("/deliveries/<int:pk>/again", deliveries.send_again, name="send_again"),
    path("/certificate", certificate.certificate, name="certificate"),
    path("/certificate/test", certificate.test_certificate, name="test_certificate"),
    path("/certificate/new", certificate.new_certificate, name="new_certificate"),
    path("/certificate/upload", certificate.upload_certificate, name="upload_certificate"),
    path("/certificate/from/<slug:kind>", certificate.other_holder, name="other_holder"),
    path("/certificate/from/<slug:kind>/use", certificate.use_holder, name="use_holder"),
    path("/certificate/<int:pk>/end", certificate.end_certificate, name="end_certificate"),
]
