"""The middle of each country and how far it reaches, to tell what nobody can have travelled where no city is known.

From the CIA World Factbook's coordinates and areas (public domain, by github.com/factbook/factbook.json), to the
degree. The reach in km is half the length of a country three times as long as it is wide: an approximation, and a
generous one for most.
"""

from functools import lru_cache

_TABLE = """\
AD 42 2 20; AE 24 54 250; AF 33 65 700; AG 17 -62 20; AI 18 -63 10; AL 41 20 150; AM 40 45 150;
AO -12 18 970; AQ -90 0 3260; AR -34 -64 1440; AS -14 -170 10; AT 47 13 250; AU -27 133 2410;
AW 12 -70 10; AX 60 20 30; AZ 40 48 250; BA 44 18 200; BB 13 -60 20; BD 24 90 330; BE 51 4 150;
BF 13 -2 450; BG 43 25 290; BH 26 51 20; BI -4 30 140; BJ 10 2 290; BL 18 -63 10; BM 32 -65 10;
BN 4 115 70; BO -17 -65 910; BQ 12 -68 10; BR -10 -55 2530; BS 24 -76 100; BT 28 90 170; BV -54 3 10;
BW -22 24 660; BY 53 28 390; BZ 17 -89 130; CA 60 -95 2740; CC -12 97 10; CD 0 25 1330; CF 7 21 680;
CG -1 15 510; CH 47 8 180; CI 8 -5 490; CK -21 -160 10; CL -30 -71 750; CM 6 12 600; CN 35 105 2680;
CO 4 -72 920; CP 10 -109 10; CR 10 -84 200; CU 22 -80 290; CV 16 -24 50; CW 12 -69 20; CX -10 106 10;
CY 35 33 80; CZ 50 16 240; DE 51 9 520; DJ 12 43 130; DK 56 10 180; DM 15 -61 20; DO 19 -71 190;
DZ 28 3 1340; EC -2 -78 460; EE 59 26 180; EG 27 30 870; EH 24 -13 450; ER 15 39 300; ES 40 -4 620;
ET 8 38 910; FI 64 26 500; FJ -18 175 120; FK -52 -59 100; FM 7 158 20; FO 62 -7 30; FR 46 2 690;
GA -1 12 450; GB 54 -2 430; GD 12 -62 20; GE 42 44 230; GF 4 -53 250; GG 49 -3 10; GH 8 -2 420;
GI 36 -5 10; GL 72 -40 1270; GM 13 -17 90; GN 11 -10 430; GP 16 -62 30; GQ 2 10 150; GR 39 22 310;
GS -54 -37 50; GT 16 -90 290; GU 13 145 20; GW 12 -15 160; GY 5 -59 400; HK 22 114 30; HM -53 73 20;
HN 15 -86 290; HR 45 16 210; HT 19 -72 140; HU 47 20 260; ID -5 120 1200; IE 53 -8 230; IL 32 35 130;
IM 54 -4 20; IN 20 77 1570; IO -6 72 10; IQ 33 44 570; IR 32 53 1110; IS 65 -18 280; IT 43 13 480;
JE 49 -2 10; JM 18 -78 90; JO 31 36 260; JP 36 138 530; KE 1 38 660; KG 41 75 390; KH 13 105 370;
KI 1 173 20; KM -12 44 40; KN 17 -63 10; KP 40 127 300; KR 37 128 270; KW 30 46 120; KY 20 -80 10;
KZ 48 68 1430; LA 18 105 420; LB 34 36 90; LC 14 -61 20; LI 47 10 10; LK 7 81 220; LR 6 -10 290;
LS -30 28 150; LT 56 24 220; LU 50 6 40; LV 57 25 220; LY 25 17 1150; MA 28 -10 730; MC 44 7 10;
MD 47 29 160; ME 42 19 100; MF 18 -64 10; MG -20 47 660; MH 9 168 10; MK 42 22 140; ML 17 -4 960;
MM 22 98 710; MN 46 105 1080; MO 22 114 10; MP 15 146 20; MQ 15 -61 30; MR 20 -12 880; MS 17 -62 10;
MT 36 15 20; MU -20 58 40; MV 3 73 10; MW -14 34 300; MX 23 -102 1210; MY 2 112 500; MZ -18 35 770;
NA -22 17 790; NC -22 166 120; NE 16 8 970; NF -29 168 10; NG 10 8 830; NI 13 -85 310; NL 53 6 180;
NO 62 10 490; NP 28 84 330; NR -1 167 10; NU -19 -170 10; NZ -41 174 450; OM 21 57 480; PA 9 -80 240;
PE -10 -76 980; PF -15 -140 60; PG -6 147 590; PH 13 122 470; PK 30 70 770; PL 52 20 480;
PM 47 -56 10; PN -25 -130 10; PR 18 -66 80; PS 32 35 70; PT 40 -8 260; PW 8 134 20; PY -23 -58 550;
QA 26 51 90; RE -21 56 40; RO 46 25 420; RS 44 21 240; RU 60 100 3580; RW -2 30 140; SA 25 45 1270;
SB -8 159 150; SC -5 56 20; SD 15 30 1180; SE 62 15 580; SG 1 104 20; SH -16 -6 20; SI 46 15 120;
SJ 78 20 220; SK 49 20 190; SL 8 -12 230; SM 44 12 10; SN 14 -14 380; SO 10 49 690; SR 4 -56 350;
SS 8 30 700; ST 1 7 30; SV 14 -89 130; SX 18 -63 10; SY 35 38 370; SZ -26 32 110; TC 22 -72 30;
TD 15 19 980; TF -43 67 80; TG 8 1 210; TH 15 100 620; TJ 39 71 330; TK -9 -172 10; TL -9 126 110;
TM 40 60 610; TN 34 9 350; TO -20 -175 20; TR 39 35 770; TT 11 -61 60; TV -8 178 10; TW 24 121 160;
TZ -6 35 840; UA 49 32 670; UG 1 32 430; US 38 -97 2720; UY -33 -56 360; UZ 41 64 580; VA 42 12 10;
VC 13 -61 20; VE 8 -66 830; VG 18 -64 10; VI 18 -65 40; VN 16 108 500; VU -16 167 100;
WF -13 -176 10; WS -14 -172 50; XK 43 21 90; YE 15 48 630; YT -13 45 20; ZA -29 24 960;
ZM -15 30 750; ZW -20 30 540
"""


def middle_of(country: str) -> tuple[int, int, int] | None:
    """Latitude, longitude and reach in km of an ISO 3166 country, or None."""
    return _middles().get(country)


@lru_cache(maxsize=1)
def _middles() -> dict[str, tuple[int, int, int]]:
    rows = (row.split() for row in _TABLE.split(";"))
    return {
        country: (int(latitude), int(longitude), int(reach)) for country, latitude, longitude, reach in rows
    }
