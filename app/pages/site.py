"""Every page there is: the modules whose routers serve them, in the order in which a path is looked for."""

from app.pages import account, live, openid, pages, signing_in
from app.pages.data_in import evidence, monthly_entry, monthly_template, upload
from app.pages.factors import calorific_form, factor_form, gwp_form, listing, pins
from app.pages.frame import static
from app.pages.look import flows, newest, years
from app.pages.look import meter as look_page
from app.pages.mend import gaps, issues
from app.pages.report import comments, moves, publications, publishing
from app.pages.run import organization, service
from app.pages.start import first_reading, start_key, start_meter, start_organization, start_person, start_plant
from app.pages.understand import figure, readings

PAGES = (
    pages,
    figure,
    readings,
    issues,
    gaps,
    monthly_entry,
    monthly_template,  # before what takes any word for an upload
    upload,
    evidence,
    look_page,
    newest,
    flows,
    years,
    listing,
    calorific_form,
    factor_form,
    pins,
    gwp_form,
    organization,
    service,
    start_organization,
    start_plant,
    start_meter,
    start_key,
    start_person,
    first_reading,
    publications,
    comments,
    moves,
    publishing,
    live,
    signing_in,
    account,
    openid,
    static,
)
