"""Shapes of SOQL clause by clause, from the public syntax pages; every entry makes one query.

Each table holds what may stand in one place of a query; `ACCEPTED` are all of them, each in the smallest query around.
The pages: SOQL SELECT Syntax, Alias Notation, FIELDS(), TYPEOF, Condition Expression Syntax, fieldExpression Syntax,
Date Formats and Date Literals, USING SCOPE, WITH, WITH DATA CATEGORY filteringExpression, ORDER BY, LIMIT, OFFSET,
FOR VIEW, FOR REFERENCE, FOR UPDATE, Update an Article's Keyword Tracking and Viewstat, GROUP BY (ROLLUP, CUBE), HAVING,
Aggregate Functions, Date Functions, toLabel, convertCurrency, FORMAT, Location-Based SOQL Queries, Relationship
Queries, Comparison Operators, Quoted String Escape Sequences, Apex bind expressions.
"""

from __future__ import annotations

from itertools import product

SELECT = """
Id|Id, Name|Id,Name,Phone|Name , Id|Account.Name|Account.Owner.Name|Account.Owner.Profile.UserLicense.Name|Custom__c
Custom__r.Name|Custom__r.Deep__r.Email__c|ns__Custom__c|ns__Custom__r.ns__Field__c|Contact.Name
Owner.Email, Owner.Id|Who.Name, What.Type|RecordType.DeveloperName|CreatedBy.Username, LastModifiedBy.Username
Id, Id, Name|BillingAddress, BillingCity|Location__Latitude__s, Location__Longitude__s|Address__Street__s
Field__pc, Id|count()|COUNT()|count ( )|COUNT(Id)|count(Name)|COUNT_DISTINCT(Company)|MIN(Amount)|MAX(Amount)
SUM(Amount)|AVG(Amount)|COUNT(Id) n|COUNT(Id) total, MAX(CreatedDate) latest|SUM(Amount) total_amount
AVG(Amount)a, MIN(Amount)b|MAX(Account.AnnualRevenue)|COUNT(Account.Owner.Id)
min(CreatedDate), max(CreatedDate), count(Id)|toLabel(Status)|tolabel(Industry)|TOLABEL(RecordType.Name)
toLabel(Status) shown, Id|Id, toLabel(Account.Industry)|convertCurrency(Amount)|CONVERTCURRENCY(AnnualRevenue), Id
convertCurrency(Amount) converted|Id, convertCurrency(A__c) x|FORMAT(Amount)|FORMAT(CreatedDate) shown
format(convertCurrency(Amount)) c|FORMAT(MIN(CloseDate)) earliest|FORMAT(Amount), Id|FIELDS(ALL)|FIELDS(STANDARD)
FIELDS(CUSTOM)|fields(all)|FIELDS( CUSTOM )|Id, FIELDS(STANDARD)|FIELDS(ALL), Custom__r.Name
CALENDAR_YEAR(CreatedDate)|DAY_ONLY(CreatedDate) d|HOUR_IN_DAY(convertTimezone(CreatedDate))|GROUPING(LeadSource)
DISTANCE(Location__c, GEOLOCATION(37.77,-122.41), 'mi')|DISTANCE(L__c, GEOLOCATION(:lat, :lon), 'km') far
GEOLOCATION(10, 20)|DISTANCE(A__c, B__c, 'km')|TYPEOF What WHEN Account THEN Phone END
TYPEOF What WHEN Account THEN Phone, Name WHEN Case THEN Subject ELSE Name END
TYPEOF Owner WHEN User THEN FirstName, LastName, Email WHEN Group THEN Name END|Id, typeof Who when Lead then Id end
TYPEOF What WHEN Account THEN Phone ELSE Id, Name END, Subject|Id, TYPEOF Account.Owner WHEN User THEN Id END
TYPEOF What WHEN Custom__c THEN Owner.Name END, TYPEOF Who WHEN Contact THEN Account.Name ELSE Name END
(SELECT Id FROM Contacts)|Id, (SELECT LastName FROM Contacts)|(SELECT Id FROM Notes__r), Id
(SELECT FIELDS(ALL) FROM Cases)|Id, (SELECT Id FROM Contacts WHERE Email != null)
(SELECT Id FROM Contacts ORDER BY Name)|(SELECT Id FROM Contacts LIMIT 5)|(SELECT Id FROM Contacts LIMIT 5 OFFSET 2)
(SELECT Id FROM Contacts WHERE A__c = 1 ORDER BY B__c DESC NULLS LAST LIMIT 1)|(SELECT c.Id FROM Contacts c)
(SELECT Contact.Id FROM Account.Contacts)|(SELECT Id, (SELECT Id FROM Cases) FROM Contacts)
(SELECT Id, (SELECT Id, (SELECT Id FROM Tasks) FROM Cases) FROM Contacts)|(SELECT toLabel(Status) FROM Cases)
(SELECT Id, (SELECT Id, (SELECT Id, (SELECT Id FROM A__r) FROM B__r) FROM C__r) FROM D__r)
(SELECT Id FROM A), (SELECT Id FROM B)|(SELECT TYPEOF What WHEN Case THEN Id END FROM Tasks)
(SELECT Id FROM Contacts WITH SECURITY_ENFORCED)
(SELECT Id FROM Contacts WHERE Id IN (SELECT ContactId FROM CampaignMember))|(SELECT Account.Name FROM Contacts)
(SELECT Id FROM Contacts USING SCOPE mine)|(SELECT Id FROM ns__Things__r)|(SELECT UserId FROM Shares FOR VIEW)
Id, (SELECT NewValue, OldValue, Field FROM Histories)|(SELECT ContentDocumentId FROM ContentDocumentLinks)|Limit__c
Offset|Group.Name|Order.Total__c|Scope|Data|Category|Tracking|Format|Count|Fields|End|When|Then|Else|View|Update
Last|First|Nulls|Asc|Desc|All|Rows|For|Using|Type|Name, Title, Description, Body, Subject
"""
WHERE = """
Name = 'a'|Name != 'a'|Name <> 'a'|A__c < 1|A__c <= 1|A__c > 1|A__c >= 1|Name LIKE 'a%'|Name LIKE '_a'
Name LIKE '\\%\\_'|Name = null|Name != NULL|IsActive = true|IsActive != False|A__c=-1|A__c = +1.5|A__c = .5
A__c = 5.|A__c = 1e10|A__c = 1.5E-3|Name = ''|Name = ' '|Name = '\\n\\r\\t\\b\\f'|Name = '\\\\'|Name = '\\''
Name = '\\"'|Name = '\\u00e9'|Name = 'ünï — 東京'|Name = 'a AND b OR (c) FROM "d"'|Amount = USD1|Amount > EUR-5
Amount < jpy100.25|Amount >= GBP0.5|Id = '003000000000001AAA'|Id='003000000000001'|Account.Name = 'a'
Account.Owner.Manager.Email LIKE '%@x.example'|What.Type = 'Account'|What.Type IN ('Account','Case')
RecordType.Name = 'B2B'|Owner.Profile.Name != 'x'|A__c IN (1)|A__c IN (1,2, 3)|A__c NOT IN (1)
Name in ('a','b',null)|Name NOT  IN ('a')|IsActive IN (TRUE, FALSE)|D__c IN (TODAY, 2026-01-01)
T__c IN (2026-01-01T00:00:00Z)|Amount IN (USD1, EUR2)|D__c NOT IN (LAST_N_DAYS:5)|M__c INCLUDES ('a')
M__c INCLUDES ('a;b','c')|M__c EXCLUDES ('a')|M__c excludes ('a;b', 'c', 'd')|M__c INCLUDES (:a)|Id IN :ids
Id NOT IN :ids|Id IN (:a,:b)|Id = :id|Name LIKE :pattern|M__c INCLUDES :list|A__c > :a.b.c__c|Id IN: ids|Id = :1
Id = :trigger.New|Id IN :map.keySet()|Id = :rows[0].Id|Id IN :Trigger.newMap.keySet()
Id IN (SELECT AccountId FROM Contact)|Id NOT IN (SELECT AccountId FROM Contact)
OwnerId IN (SELECT Id FROM User WHERE A__c = 1)|Id IN (SELECT A__c FROM B WHERE C__c IN (SELECT Id FROM D))
Id IN (SELECT A__c FROM B LIMIT 5)|A__c IN (SELECT B.C__c FROM D)
Id IN (SELECT A__c FROM B WHERE D__c = 1 AND (E__c = 2 OR F__c = 3)) AND G__c = 4
Id IN (SELECT A__c FROM B ALL ROWS)|A__c = 1 AND B__c = 2|A__c = 1 OR B__c = 2|A__c = 1 AND B__c = 2 AND C__c = 3
A__c = 1 or B__c = 2 oR C__c = 3|(A__c = 1)|((A__c = 1))|(A__c = 1 AND B__c = 2)|(A__c = 1) AND (B__c = 2)
(A__c = 1 OR B__c = 2) AND (C__c = 3 OR D__c = 4)|A__c = 1 AND (B__c = 2 OR C__c = 3)
A__c = 1 OR (B__c = 2 AND (C__c = 3 OR (D__c = 4 AND E__c = 5)))|(A__c=1)AND(B__c=2)|NOT A__c = 1|NOT (A__c = 1)
not(A__c = 1)|(NOT A__c = 1)|A__c = 1 AND NOT B__c = 2|A__c = 1 AND (NOT (B__c = 2 OR C__c = 3))|NOT A__c IN (1,2)
NOT (NOT A__c = 1)|NOT Name LIKE 'x%'|NOT A__c = 1 AND NOT B__c = 2|NOT Id IN (SELECT A__c FROM B)
toLabel(Status) = 'x'|toLabel(Status) LIKE 'x%'|toLabel(Status) IN ('x','y')|convertCurrency(Amount) > 5
DISTANCE(L__c, GEOLOCATION(1.5,-2.5), 'mi') < 20|DISTANCE(L__c, GEOLOCATION(:a,:b), 'km') > 0.5
CALENDAR_YEAR(convertTimezone(CreatedDate)) = 2026|DAY_ONLY(CreatedDate) = TODAY
DAY_ONLY(convertTimezone(D__c)) != 2026-01-01|Like__c = 1|In__c = 1|Not__c = 1|And__c = 1 AND Or__c = 2|Order__c = 1
Select__c = 1|From__c = 'x'|Null__c = null|True__c = TRUE|Includes = 'x'|Group = 'x'|Limit = 1|Offset > 1|Data = 'x'
With__c = 1|Scope = 'x'|Today__c = TODAY|Last = 'x'|Date = 2026-01-01|D__c = 2026-12-31
D__c >= 1700-01-01 AND D__c < 4000-12-31|T__c = 2026-11-23T10:00:00Z|T__c > 2026-11-23T10:00:00.000Z
T__c = 2026-11-23T10:00:00+01:00|T__c = 2026-11-23T10:00:00-08:00|T__c = 2026-11-23T10:00:00.123+0000
T__c < 2026-11-23t10:00:00z|H__c = 09:30:00.000Z|H__c > 23:59:59Z|H__c <= 00:00:00.5Z|Name='a'AND A__c=1
A__c>1 AND A__c<2|A__c=1 AND B__c!=2
"""
PLAIN_DATES = [
    "YESTERDAY",
    "TODAY",
    "TOMORROW",
    "LAST_WEEK",
    "THIS_WEEK",
    "NEXT_WEEK",
    "LAST_MONTH",
    "THIS_MONTH",
    "NEXT_MONTH",
    "LAST_90_DAYS",
    "NEXT_90_DAYS",
    "LAST_QUARTER",
    "THIS_QUARTER",
    "NEXT_QUARTER",
    "LAST_YEAR",
    "THIS_YEAR",
    "NEXT_YEAR",
    "LAST_FISCAL_QUARTER",
    "THIS_FISCAL_QUARTER",
    "NEXT_FISCAL_QUARTER",
    "LAST_FISCAL_YEAR",
    "THIS_FISCAL_YEAR",
    "NEXT_FISCAL_YEAR",
]
UNITS = ["DAYS", "WEEKS", "MONTHS", "QUARTERS", "YEARS", "FISCAL_QUARTERS", "FISCAL_YEARS"]
COUNTED_DATES = [
    *(f"{way}_N_{unit}:{n}" for way, unit, n in product(("LAST", "NEXT"), UNITS, (1, 365))),
    *(f"N_{unit}_AGO:{n}" for unit, n in product(UNITS, (0, 12))),
]
DATE_FUNCTIONS = [
    "CALENDAR_MONTH",
    "CALENDAR_QUARTER",
    "CALENDAR_YEAR",
    "DAY_IN_MONTH",
    "DAY_IN_WEEK",
    "DAY_IN_YEAR",
    "DAY_ONLY",
    "FISCAL_MONTH",
    "FISCAL_QUARTER",
    "FISCAL_YEAR",
    "HOUR_IN_DAY",
    "WEEK_IN_MONTH",
    "WEEK_IN_YEAR",
]
FROM = """
Account|Account a|Account AS a|account|Custom__c|ns__Custom__c|Custom__mdt|Custom__x|Custom__b|Custom__e|Custom__kav
Custom__Share|Account__History|Case, Case.Contact c|Contact c, c.Account a|Contact c, c.Account a, a.Owner o
Account a, a.Contacts c|Order|Group|Case|Event|Task|User|Limit__c|Contact ct|Account USING SCOPE mine
Account USING SCOPE everything|Task USING SCOPE delegated|Account USING SCOPE my_territory
Account USING SCOPE my_team_territory|Account USING SCOPE team|Account USING SCOPE scopingRule
ProcessInstanceWorkItem USING SCOPE mine_and_my_groups|Account a USING  SCOPE Mine|Account using scope MINE
"""
TAIL = """
WITH SECURITY_ENFORCED|WITH USER_MODE|WITH SYSTEM_MODE|with user_mode|WHERE A__c = 1 WITH SECURITY_ENFORCED
WITH UserId = '005'|WITH DATA CATEGORY Geo__c AT usa__c|WITH DATA CATEGORY Geo__c ABOVE usa__c
WITH DATA CATEGORY Geo__c BELOW usa__c|WITH DATA CATEGORY Geo__c ABOVE_OR_BELOW usa__c
WITH DATA CATEGORY Geo__c AT (usa__c, uk__c)|WITH data  category G__c at a__c
WITH DATA CATEGORY Geo__c AT usa__c AND Product__c BELOW phone__c
WITH DATA CATEGORY A__c AT (b__c) AND C__c ABOVE (d__c,e__c)
WITH RecordVisibilityContext (maxDescriptorPerRecord=100)
WITH RecordVisibilityContext (supportsDomains=true, supportsDelegates=true)|ORDER BY Name|ORDER BY Name ASC
ORDER BY Name DESC|ORDER BY Name NULLS FIRST|ORDER BY Name NULLS LAST|ORDER BY A, B DESC, C ASC
ORDER BY Name DESC NULLS FIRST|order by name desc nulls last, Id asc|ORDER BY Account.Owner.Name
ORDER BY Owner.Profile.Name DESC|ORDER BY DISTANCE(L__c, GEOLOCATION(1,2), 'mi')
ORDER BY DISTANCE(L__c, GEOLOCATION(1,2), 'km') DESC NULLS LAST|ORDER BY Group|LIMIT 0|LIMIT 1|LIMIT 50000|limit 10
LIMIT :n|LIMIT :page.size|OFFSET 0|OFFSET 2000|OFFSET :skip|LIMIT 10 OFFSET 20|LIMIT :a OFFSET :b
ORDER BY Name LIMIT 10|WHERE A__c = 1 ORDER BY Name LIMIT 10 OFFSET 5|WHERE A__c = 1 LIMIT 1 FOR VIEW|FOR VIEW
FOR REFERENCE|FOR UPDATE|for update|FOR VIEW FOR REFERENCE|LIMIT 1 FOR UPDATE|ALL ROWS|all rows
WHERE IsDeleted = TRUE ALL ROWS|LIMIT 5 ALL ROWS|UPDATE TRACKING|UPDATE VIEWSTAT|UPDATE TRACKING, VIEWSTAT
update viewstat,tracking|FOR VIEW UPDATE TRACKING|FOR REFERENCE UPDATE VIEWSTAT
WHERE A__c = 1 WITH DATA CATEGORY Geo__c AT usa__c ORDER BY Name LIMIT 3 UPDATE VIEWSTAT|SET OPTIONS (a = 1)
SET OPTIONS (a='b',c=true)
WHERE A__c = 1 WITH USER_MODE ORDER BY Name DESC NULLS LAST LIMIT 5 OFFSET 1 FOR VIEW ALL ROWS
"""
GROUP = """
GROUP BY A__c|group by A__c|GROUP BY A__c, B__c|GROUP BY Account.Name|GROUP BY Account.Owner.Name, A__c
GROUP BY ROLLUP(A__c)|GROUP BY ROLLUP(A__c, B__c)|GROUP BY rollup ( A__c, B__c, C__c )|GROUP BY CUBE(A__c)
GROUP BY CUBE(A__c, B__c, C__c)|GROUP BY cube(A__c)|GROUP BY A__c HAVING COUNT(Id) > 1
GROUP BY A__c HAVING COUNT(Id) > 1 AND SUM(B__c) < 5|GROUP BY A__c HAVING A__c LIKE 'x%'
GROUP BY A__c HAVING (COUNT(Id) > 1 OR MAX(B__c) = 2) AND A__c != null|GROUP BY A__c HAVING NOT COUNT(Id) = 1
GROUP BY A__c HAVING COUNT(Id) IN (1,2)|GROUP BY A__c ORDER BY COUNT(Id)
GROUP BY A__c ORDER BY COUNT(Id) DESC NULLS LAST LIMIT 5|WHERE B__c = 1 GROUP BY A__c
WHERE B__c = 1 GROUP BY A__c HAVING AVG(C__c) >= 1.5 ORDER BY A__c LIMIT 10|GROUP BY A__c LIMIT 3
GROUP BY A__c HAVING COUNT_DISTINCT(B__c) > 1|GROUP BY A__c HAVING MIN(D__c) > LAST_N_DAYS:30|GROUP BY A__c OFFSET 2
WITH SECURITY_ENFORCED GROUP BY A__c|WHERE B__c IN (SELECT Id FROM D) GROUP BY A__c
GROUP BY ROLLUP(CALENDAR_YEAR(D__c), A__c)
GROUP BY CALENDAR_YEAR(D__c), CALENDAR_MONTH(D__c) ORDER BY CALENDAR_YEAR(D__c) DESC, CALENDAR_MONTH(D__c)
GROUP BY toLabel(A__c)
"""


def _entries(table: str) -> list[str]:
    return [entry for line in table.strip().splitlines() for entry in line.split("|")]


ACCEPTED = [
    *(f"SELECT {entry} FROM Account" for entry in _entries(SELECT)),
    *(f"SELECT Id FROM Account WHERE {entry}" for entry in _entries(WHERE)),
    *(f"SELECT Id FROM Account WHERE CreatedDate = {entry}" for entry in [*PLAIN_DATES, *COUNTED_DATES]),
    *(f"SELECT {entry}(CreatedDate), COUNT(Id) FROM Case GROUP BY {entry}(CreatedDate)" for entry in DATE_FUNCTIONS),
    *(f"SELECT Id FROM Case WHERE {entry.lower()}(convertTimezone(CreatedDate)) > 1" for entry in DATE_FUNCTIONS),
    *(f"SELECT Id FROM {entry}" for entry in _entries(FROM)),
    *(f"SELECT Id FROM Account {entry}" for entry in _entries(TAIL)),
    *(f"SELECT COUNT(Id) n FROM Account {entry}" for entry in _entries(GROUP)),
]

#: Text and the position of the first character that does not fit.
REFUSED = [
    ("SELEC Id FROM Account", 0),
    ("SELECT Id Account", 17),
    ("SELECT Id FROM Account Where", 28),
    ("SELECT Id FROM 'Account'", 15),
    ("SELECT Id FROM Account, ", 23),
    ("SELECT 'x' FROM Account", 7),
    ("SELECT 1 FROM Account", 7),
    ("SELECT Id. FROM Account", 9),
    ("SELECT .Id FROM Account", 7),
    ("SELECT Id FROM 1Account", 15),
    ("SELECT Id FROM Account USING mine", 23),
    ("SELECT Id FROM Account USING SCOPE", 34),
    ("SELECT Id FROM Account WHERE A__c", 33),
    ("SELECT Id FROM Account WHERE A__c 1", 34),
    ("SELECT Id FROM Account WHERE = 1", 29),
    ("SELECT Id FROM Account WHERE A__c = 1 AND", 41),
    ("SELECT Id FROM Account WHERE A__c = 1 AND AND B__c = 2", 42),
    ("SELECT Id FROM Account WHERE A__c = 1 XOR B__c = 2", 38),
    ("SELECT Id FROM Account WHERE A__c => 1", 35),
    ("SELECT Id FROM Account WHERE A__c =! 1", 35),
    ("SELECT Id FROM Account WHERE 1 = A__c", 29),
    ("SELECT Id FROM Account WHERE A__c = B__c", 36),
    ("SELECT Id FROM Account WHERE A__c IN 1", 37),
    ("SELECT Id FROM Account WHERE A__c IN (1,)", 40),
    ("SELECT Id FROM Account WHERE A__c IN (1 2)", 40),
    ("SELECT Id FROM Account WHERE A__c NOT (1)", 34),
    ("SELECT Id FROM Account WHERE A__c IS NULL", 34),
    ("SELECT Id FROM Account WHERE A__c BETWEEN 1 AND 2", 34),
    ("SELECT Id FROM Account WHERE A__c = 2026-1-1", 36),
    ("SELECT Id FROM Account WHERE A__c = 2026-01-01T00:00:00", 36),
    ("SELECT Id FROM Account WHERE A__c = LAST_N_DAYS:", 36),
    ("SELECT Id FROM Account WHERE A__c = LAST_N_DAYS:x", 36),
    ("SELECT Id FROM Account WHERE A__c = TODAY:3", 36),
    ("SELECT Id FROM Account WHERE A__c = 'a' 'b'", 40),
    ("SELECT Id FROM Account WHERE A__c = '\\q'", 36),
    ("SELECT Id FROM Account WHERE A__c = '\\u12'", 36),
    ("SELECT Id FROM Account WHERE A__c = :", 36),
    ("SELECT Id FROM Account WHERE (A__c = 1))", 39),
    ("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM B", 52),
    ("SELECT Id FROM Account WHERE Id IN (SELECT FROM B)", 43),
    ("SELECT Id FROM Account WHERE Id IN (DELETE FROM B)", 36),
    ("SELECT Id FROM Account GROUP Name", 23),
    ("SELECT COUNT(Id) FROM Account GROUP BY A__c HAVING", 50),
    ("SELECT Id FROM Account ORDER BY", 31),
    ("SELECT Id FROM Account ORDER BY Name UP", 37),
    ("SELECT Id FROM Account ORDER BY Name NULLS", 37),
    ("SELECT Id FROM Account ORDER BY Name LIMIT 1 ORDER BY Id", 45),
    ("SELECT Id FROM Account LIMIT 'a'", 29),
    ("SELECT Id FROM Account LIMIT 1,2", 30),
    ("SELECT Id FROM Account OFFSET", 29),
    ("SELECT Id FROM Account OFFSET 1 LIMIT 2", 32),
    ("SELECT Id FROM Account WITH", 27),
    ("SELECT Id FROM Account UPDATE", 29),
    ("SELECT Id FROM Account UPDATE NOTHING", 30),
    ("SELECT TYPEOF What END FROM Event", 19),
    ("SELECT TYPEOF What WHEN Account THEN END FROM Event", 41),
    ("SELECT (SELECT Id FROM Contacts) Id FROM Account", 33),
    ("SELECT DISTINCT Id FROM Account", 16),
    ("SELECT COUNT(*) FROM Account", 13),
    ("SELECT Id FROM Account JOIN Contact", 28),
    ("SELECT Id FROM Account -- x", 23),
    ("SELECT Id FROM Account /* x */", 23),
    ("INSERT INTO Account", 0),
    ("FIND {x} IN ALL FIELDS", 0),
]
