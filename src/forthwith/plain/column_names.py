"""Headings of HR exports: which column means what, whatever the system calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: Field to the headings it goes by in Workday, SAP SuccessFactors, Oracle HCM, PeopleSoft, ADP,
#: BambooHR, Personio and hand-made sheets; folded: lower case, letters and figures only.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "employeeid", "employeenumber", "employeeno", "empid", "empno", "emplid",
        "workerid", "personnelnumber", "personnelno", "personid", "personnumber", "staffid",
        "staffnumber", "id", "badgeid", "associateid", "pernr", "userid",
    ),
    "name": (
        "name", "employee", "employeename", "fullname", "legalname", "workername", "worker",
        "displayname", "staffname", "preferredname", "associatename", "personname",
    ),
    "first": ("firstname", "givenname", "forename", "legalfirstname", "preferredfirstname"),
    "last": ("lastname", "surname", "familyname", "legallastname"),
    "employer": (
        "employer", "legalemployer", "legalentity", "company", "companyname", "employingentity",
        "entity", "legalcompany", "hiringentity", "contractingentity", "legalentityname",
        "companycode", "employinglegalentity",
    ),
    "payer": (
        "payer", "paidby", "payrollentity", "payrollcompany", "payingentity", "payentity",
        "paymaster", "payrolllegalentity", "salarypaidby",
    ),
    "manager": (
        "managerid", "manager", "reportsto", "supervisor", "supervisorid", "linemanager",
        "linemanagerid", "manageremployeeid", "managersemployeeid", "reportingmanager",
        "directmanager", "managernumber", "reportstoid", "supervisoremployeeid", "managername",
        "reportingto", "solidlinemanager",
    ),
    "location": (
        "location", "country", "worklocation", "workcountry", "office", "city", "countryregion",
        "worksite", "site", "locationcountry", "countryofwork", "baselocation", "officelocation",
        "locationname", "residence", "countryofresidence",
    ),
    "start": (
        "startdate", "hiredate", "dateofhire", "joiningdate", "dateofjoining", "employmentstart",
        "lasthiredate", "datejoined", "entrydate", "hired", "joined", "employmentstartdate",
        "dateofentry",
    ),
    "end": (
        "enddate", "terminationdate", "dateofleaving", "leavingdate", "lastdayofwork", "lastday",
        "lastworkingday", "exitdate", "separationdate", "dateleft", "termdate", "terminated",
        "employmentend", "employmentenddate", "contractenddate", "lastdayworked",
    ),
    "email": (
        "workemail", "email", "emailaddress", "workemailaddress", "businessemail", "companyemail",
        "emailwork", "corporateemail", "mail", "primaryworkemail", "emails",
    ),
    "effective": (
        "effectivefrom", "effectivedate", "validfrom", "effdt", "effectivestartdate", "fromdate",
        "from", "jobstartdate", "assignmentstart", "recordstart", "effectivestart", "begda",
    ),
    "until": (
        "effectiveto", "validto", "effectiveenddate", "todate", "to", "jobenddate",
        "assignmentend", "recordend", "effectiveend", "validuntil", "effectiveuntil", "endda",
    ),
}  # fmt: skip
_BY_HEADING = {heading: field for field, names in HEADINGS.items() for heading in names}
#: Fields of which several columns may stand side by side: each gives ties of its own.
SEVERAL = frozenset({"location", "manager", "email"})


def folded(heading: str) -> str:
    """Return a heading without case, signs and spaces: "Work E-mail" is "workemail"."""
    return re.sub(r"[\W_]+", "", heading.lower())


def columns(header: Sequence[str]) -> tuple[dict[str, list[int]], list[str], list[str]]:
    """Return places by field, headings nobody knows, and fields that two columns claim."""
    fields: dict[str, list[int]] = {}
    unknown, doubled = [], []
    for place, heading in enumerate(header):
        field = _BY_HEADING.get(folded(heading))
        if field is None:
            unknown.append(heading)
        elif field in fields and field not in SEVERAL:
            doubled.append(field)
        else:
            fields.setdefault(field, []).append(place)
    return fields, unknown, doubled
