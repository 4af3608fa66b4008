"""Headings of HR exports: which column means what, whatever the system calls it.

Beside what people type, these are the labels of Workday's report fields on a worker (data source
"All Active and Terminated Workers", as a partner lists them for reports by file, 2024), of
BambooHR's fields (REST API v1) and of Personio's attributes (API v1, the `label` of each in
`GET /company/employees`; in German as its German accounts show them).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: Field to the headings it goes by in Workday, SAP SuccessFactors, Oracle HCM, PeopleSoft, ADP,
#: BambooHR, Personio and hand-made sheets; folded: lower case, letters and figures only.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "employeeid", "employeenumber", "employeeno", "empid", "empno", "emplid",
        "workerid", "personnelnumber", "personnelno", "personid", "personnumber", "staffid",
        "staffnumber", "badgeid", "associateid", "pernr", "personalnummer",
        "mitarbeiternummer", "eeid", "contingentworkerid",
    ),
    # What a system counts its records by: an id of people where no other column is one.
    "key": ("id", "userid", "workdayid", "wid", "personioid", "bamboohrid", "internalid", "uuid"),
    "name": (
        "name", "employee", "employeename", "fullname", "legalname", "workername", "worker",
        "displayname", "staffname", "preferredname", "associatename", "personname",
        "legalfullname", "knownas", "preferredfullname",
    ),
    "first": (
        "firstname", "givenname", "forename", "legalfirstname", "legalnamefirstname", "vorname",
    ),
    "last": (
        "lastname", "surname", "familyname", "legallastname", "legalnamelastname", "nachname",
    ),
    "preferred": (
        "preferredfirstname", "preferrednamefirstname", "nickname", "goesby",
    ),
    "employer": (
        "employer", "legalemployer", "legalentity", "company", "companyname", "employingentity",
        "entity", "legalcompany", "hiringentity", "contractingentity", "legalentityname",
        "companycode", "employinglegalentity", "subcompany", "subunternehmen", "unternehmen",
        "gesellschaft", "firma", "arbeitgeber",
    ),
    "payer": (
        "payer", "paidby", "payrollentity", "payrollcompany", "payingentity", "payentity",
        "paymaster", "payrolllegalentity", "salarypaidby",
    ),
    "agency": (
        "agency", "staffingagency", "supplier", "suppliername", "vendor", "vendorname",
        "contractorcompany", "contractingcompany", "contractoragency", "contingentworkersupplier",
        "agencyname", "contractorsupplier", "externalcompany", "personaldienstleister",
    ),
    "type": (
        "workertype", "employeetype", "employmenttype", "contingentworkertype", "workersubtype",
        "typeofworker", "engagementtype", "contracttype", "employeecontingentworkertype",
        "beschaftigungsart", "beschäftigungsart", "workforcetype",
    ),
    "contractor": ("contractor", "iscontractor", "contingentworker", "iscontingentworker"),
    "status": (
        "employmentstatus", "status", "workerstatus", "employeestatus", "activestatus", "active",
        "isactive", "currentlyactive",
    ),
    "manager": (
        "managerid", "manager", "reportsto", "supervisor", "supervisorid", "linemanager",
        "linemanagerid", "manageremployeeid", "managersemployeeid", "reportingmanager",
        "directmanager", "managernumber", "reportstoid", "supervisoremployeeid", "managername",
        "reportingto", "solidlinemanager", "workersmanager", "supervisoreid", "supervisoremail",
        "manageremail", "manageremployeenumber", "vorgesetzter", "vorgesetzte",
        "supervisorname", "workersmanageremployeeid",
    ),
    "country": (
        "country", "workcountry", "countryregion", "locationcountry", "countryofwork",
        "worklocationcountry", "officecountry", "locationaddresscountry", "land", "countrycode",
    ),
    "region": (
        "state", "province", "stateprovince", "region", "locationstate", "worklocationstate",
        "stateregion", "bundesland", "workstate",
    ),
    "location": (
        "location", "worklocation", "office", "worksite", "site", "baselocation",
        "officelocation", "locationname", "primaryworklocation", "worklocationname", "buro", "büro",
        "standort", "businesssite",
    ),
    "city": ("city", "workcity", "locationcity", "worklocationcity", "stadt"),
    "residence": ("residence", "countryofresidence", "homecountry"),
    "start": (
        "startdate", "hiredate", "dateofhire", "joiningdate", "dateofjoining", "employmentstart",
        "lasthiredate", "datejoined", "entrydate", "hired", "joined", "employmentstartdate",
        "dateofentry", "contractstartdate", "rehiredate", "mostrecenthiredate", "einstellungsdatum",
        "eintrittsdatum",
    ),
    "original": ("originalhiredate", "firsthiredate", "continuousservicedate", "originalstartdate"),
    "end": (
        "enddate", "terminationdate", "dateofleaving", "leavingdate", "exitdate",
        "separationdate", "dateleft", "termdate", "terminated", "employmentend",
        "employmentenddate", "endemploymentdate", "terminationeffectivedate", "austrittsdatum",
        "kundigungsdatum", "beendigungsdatum", "endedesbeschaftigungsverhaltnisses",
        "endedesbeschäftigungsverhältnisses",
    ),
    "contract_end": (
        "contractenddate", "contractends", "contractend", "fixedtermenddate",
        "contingentworkercontractenddate", "vertragsende", "endofcontract", "assignmentenddate",
        "expectedassignmentenddate",
    ),
    "last_worked": (
        "lastdayofwork", "lastday", "lastworkingday", "lastdayworked", "terminationlastdayofwork",
        "lastworkday", "lastworkedday", "letzterarbeitstag", "lastdateworked",
    ),
    "email": (
        "workemail", "email", "emailaddress", "workemailaddress", "businessemail", "companyemail",
        "emailwork", "corporateemail", "mail", "primaryworkemail", "emails", "emailprimarywork",
        "dienstlicheemail",
    ),
    "home_email": (
        "homeemail", "personalemail", "emailprimaryhome", "emailhome", "privateemail",
        "personalemailaddress", "primaryhomeemail", "privateemailadresse",
    ),
    "login": (
        "username", "login", "loginname", "networkid", "userprincipalname", "upn",
        "samaccountname", "workdayaccount", "accountname", "ntlogin",
    ),
    "cost_centre": (
        "costcenter", "costcentre", "costcenters", "costcentercode", "costcentrecode",
        "costcentername", "costcenterid", "kostenstelle",
    ),
    "effective": (
        "effectivefrom", "effectivedate", "validfrom", "effdt", "effectivestartdate", "fromdate",
        "from", "jobstartdate", "assignmentstart", "recordstart", "effectivestart", "begda",
        "employmentstatusdate", "jobinformationdate", "transferdate", "gultigab", "gültigab",
    ),
    "until": (
        "effectiveto", "validto", "effectiveenddate", "todate", "to", "jobenddate",
        "assignmentend", "recordend", "effectiveend", "validuntil", "effectiveuntil", "endda",
        "gultigbis", "gültigbis",
    ),
}  # fmt: skip
_BY_HEADING = {heading: field for field, names in HEADINGS.items() for heading in names}
#: Fields of which several columns may stand side by side: each tells something of its own.
SEVERAL = frozenset((
    "name", "key", "country", "location", "city", "residence", "manager", "email", "home_email",
    "login", "cost_centre", "type", "status", "end",
))  # fmt: skip


def folded(heading: str) -> str:
    """Return a heading without case, signs and spaces: "Work E-mail" is "workemail"."""
    return re.sub(r"[\W_]+", "", heading.lower())


def columns(header: Sequence[str]) -> tuple[dict[str, list[int]], list[str], list[str]]:
    """Return places by field, headings nobody knows, and fields that two columns claim."""
    fields: dict[str, list[int]] = {}
    unknown, doubled = [], []
    for place, heading in enumerate(header):
        # "Employee #" is BambooHR's name of the employee's number.
        field = _BY_HEADING.get(folded(heading.replace("#", " number")))
        if field is None:
            unknown.append(heading)
        elif field in fields and field not in SEVERAL:
            doubled.append(field)
        else:
            fields.setdefault(field, []).append(place)
    return fields, unknown, doubled
