"""Dictionary terms behind the coded columns; codes and paths are illustrative, not licensed content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from .base import Form, Ints, pick


class Term(NamedTuple):
    """A MedDRA preferred term with its path, and how sites write it in English and Chinese."""

    pt: str
    code: str
    hlt: str
    hlgt: str
    soc: str
    english: str
    chinese: str


class Drug(NamedTuple):
    """A WHODrug name with its ATC path and record number, and how sites write it."""

    name: str
    atc: tuple[str, str, str, str]
    record: str
    english: str
    chinese: str


SOC_CODES: Final = {
    "Blood and lymphatic system disorders": "10005329",
    "Cardiac disorders": "10007541",
    "Endocrine disorders": "10014698",
    "Gastrointestinal disorders": "10017947",
    "General disorders and administration site conditions": "10018065",
    "Immune system disorders": "10021428",
    "Infections and infestations": "10021881",
    "Investigations": "10022891",
    "Metabolism and nutrition disorders": "10027433",
    "Musculoskeletal and connective tissue disorders": "10028395",
    "Neoplasms benign, malignant and unspecified (incl cysts and polyps)": "10029104",
    "Nervous system disorders": "10029205",
    "Psychiatric disorders": "10037175",
    "Skin and subcutaneous tissue disorders": "10040785",
    "Vascular disorders": "10047065",
}
_BLOOD, _INFECTION = "Blood and lymphatic system disorders", "Infections and infestations"
_GUT, _LAB, _META = "Gastrointestinal disorders", "Investigations", "Metabolism and nutrition disorders"
_GENERAL, _NERVE = "General disorders and administration site conditions", "Nervous system disorders"
_IMMUNE, _VESSEL = "Immune system disorders", "Vascular disorders"

TERMS: Final = (
    Term("Cytokine release syndrome", "10052015", "Immune and associated conditions NEC", "Immune disorders NEC",
         _IMMUNE, "Cytokine release syndrome", "细胞因子释放综合征"),
    Term("Immune effector cell-associated neurotoxicity syndrome", "10083991", "Encephalopathies toxic and metabolic",
         "Encephalopathies", _NERVE, "ICANS", "免疫效应细胞相关神经毒性综合征"),
    Term("Neutropenia", "10029354", "Neutropenias", "White blood cell disorders", _BLOOD, "Neutropenia",
         "中性粒细胞减少"),
    Term("Thrombocytopenia", "10043554", "Thrombocytopenias", "Platelet disorders", _BLOOD, "Low platelets",
         "血小板减少"),
    Term("Anaemia", "10002034", "Anaemias NEC", "Anaemias nonhaemolytic and marrow depression", _BLOOD, "Anemia",
         "贫血"),
    Term("Lymphopenia", "10025327", "Leukopenias NEC", "White blood cell disorders", _BLOOD, "Lymphopenia",
         "淋巴细胞减少"),
    Term("Febrile neutropenia", "10016288", "Neutropenias", "White blood cell disorders", _BLOOD,
         "Febrile neutropenia", "发热性中性粒细胞减少"),
    Term("Pneumonia", "10035664", "Lower respiratory tract and lung infections", "Infections - pathogen unspecified",
         _INFECTION, "Pneumonia", "肺炎"),
    Term("Upper respiratory tract infection", "10046306", "Upper respiratory tract infections",
         "Infections - pathogen unspecified", _INFECTION, "URTI", "上呼吸道感染"),
    Term("Septic shock", "10040070", "Sepsis, bacteraemia, viraemia and fungaemia NEC",
         "Infections - pathogen unspecified", _INFECTION, "Septic shock", "感染性休克"),
    Term("Herpes zoster", "10019974", "Herpes viral infections", "Viral infectious disorders", _INFECTION,
         "Shingles", "带状疱疹"),
    Term("Pyrexia", "10037660", "Febrile disorders", "Body temperature conditions", _GENERAL, "Fever", "发热"),
    Term("Fatigue", "10016256", "Asthenic conditions", "General system disorders NEC", _GENERAL, "Fatigue", "乏力"),
    Term("Nausea", "10028813", "Nausea and vomiting symptoms", "Gastrointestinal signs and symptoms", _GUT, "Nausea",
         "恶心"),
    Term("Diarrhoea", "10012735", "Diarrhoea (excl infective)", "Gastrointestinal motility and defaecation conditions",
         _GUT, "Loose stools", "腹泻"),
    Term("Headache", "10019211", "Headaches NEC", "Headaches", _NERVE, "Headache", "头痛"),
    Term("Hypokalaemia", "10021015", "Potassium imbalance", "Electrolyte and fluid balance conditions", _META,
         "Low potassium", "低钾血症"),
    Term("Hypocalcaemia", "10020947", "Calcium metabolism disorders", "Bone, calcium, magnesium and phosphorus "
         "metabolism disorders", _META, "Hypocalcemia", "低钙血症"),
    Term("Alanine aminotransferase increased", "10001551", "Liver function analyses", "Hepatobiliary investigations",
         _LAB, "ALT increased", "丙氨酸氨基转移酶升高"),
    Term("Hypogammaglobulinaemia", "10020983", "Immunodeficiency disorders NEC", "Immunodeficiency syndromes",
         _IMMUNE, "Low IgG", "低丙种球蛋白血症"),
    Term("Haemophagocytic lymphohistiocytosis", "10071583", "Histiocytoses", "Histiocytoses", _BLOOD,
         "IEC-HS (HLH-like)", "噬血细胞综合征"),
    Term("Rash", "10037844", "Rashes, eruptions and exanthems NEC", "Epidermal and dermal conditions",
         "Skin and subcutaneous tissue disorders", "Rash", "皮疹"),
    Term("Myelodysplastic syndrome", "10028533", "Myelodysplastic syndromes", "Haematopoietic neoplasms",
         "Neoplasms benign, malignant and unspecified (incl cysts and polyps)", "MDS", "骨髓增生异常综合征"),
    Term("Hypertension", "10020772", "Vascular hypertensive disorders NEC", "Vascular hypertensive disorders",
         _VESSEL, "High blood pressure", "高血压"),
    Term("Type 2 diabetes mellitus", "10067585", "Diabetes mellitus (incl subtypes)",
         "Glucose metabolism disorders (incl diabetes mellitus)", _META, "Type 2 diabetes", "2型糖尿病"),
    Term("Neuropathy peripheral", "10029331", "Peripheral neuropathies NEC", "Peripheral neuropathies", _NERVE,
         "Peripheral neuropathy", "周围神经病变"),
    Term("Back pain", "10003988", "Musculoskeletal and connective tissue pain and discomfort",
         "Musculoskeletal and connective tissue disorders NEC", "Musculoskeletal and connective tissue disorders",
         "Back pain", "背痛"),
    Term("Hepatitis B", "10019731", "Hepatitis viral infections", "Viral infectious disorders", _INFECTION,
         "Hepatitis B carrier", "乙肝病毒携带"),
)  # fmt: skip
TERM: Final = {t.pt: i for i, t in enumerate(TERMS)}

_PLASMA = ("L", "L01", "L01X", "L01XG")
DRUGS: Final = (
    Drug("BORTEZOMIB", _PLASMA, "01538901001", "Bortezomib", "硼替佐米"),
    Drug("LENALIDOMIDE", ("L", "L04", "L04A", "L04AX"), "01740001001", "Lenalidomide", "来那度胺"),
    Drug("CARFILZOMIB", _PLASMA, "03884401001", "Carfilzomib", "卡非佐米"),
    Drug("POMALIDOMIDE", ("L", "L04", "L04A", "L04AX"), "02867101001", "Pomalidomide", "泊马度胺"),
    Drug("DARATUMUMAB", ("L", "L01", "L01F", "L01FC"), "05897001001", "Daratumumab", "达雷妥尤单抗"),
    Drug("DEXAMETHASONE", ("H", "H02", "H02A", "H02AB"), "00016001001", "Dexamethasone", "地塞米松"),
    Drug("CYCLOPHOSPHAMIDE", ("L", "L01", "L01A", "L01AA"), "00021101001", "Cyclophosphamide", "环磷酰胺"),
    Drug("MELPHALAN", ("L", "L01", "L01A", "L01AA"), "00006401001", "High-dose melphalan", "美法仑"),
    Drug("SELINEXOR", ("L", "L01", "L01X", "L01XX"), "06902701001", "Selinexor", "塞利尼索"),
    Drug("TOCILIZUMAB", ("L", "L04", "L04A", "L04AC"), "02014801001", "Tocilizumab", "托珠单抗"),
    Drug("ACICLOVIR", ("J", "J05", "J05A", "J05AB"), "00587301001", "Acyclovir", "阿昔洛韦"),
    Drug("SULFAMETHOXAZOLE;TRIMETHOPRIM", ("J", "J01", "J01E", "J01EE"), "00086101001", "Co-trimoxazole",
         "复方磺胺甲噁唑"),
    Drug("FILGRASTIM", ("L", "L03", "L03A", "L03AA"), "01096201001", "G-CSF", "粒细胞集落刺激因子"),
    Drug("PIPERACILLIN;TAZOBACTAM", ("J", "J01", "J01C", "J01CR"), "01161401001", "Pip/Tazo", "哌拉西林他唑巴坦"),
    Drug("PARACETAMOL", ("N", "N02", "N02B", "N02BE"), "00020001001", "Paracetamol", "对乙酰氨基酚"),
    Drug("LEVETIRACETAM", ("N", "N03", "N03A", "N03AX"), "01406701001", "Levetiracetam", "左乙拉西坦"),
    Drug("AMLODIPINE", ("C", "C08", "C08C", "C08CA"), "00972401001", "Amlodipine", "氨氯地平"),
    Drug("IMMUNOGLOBULINS NOS", ("J", "J06", "J06B", "J06BA"), "00025201001", "IVIG", "静脉注射免疫球蛋白"),
    Drug("TECLISTAMAB", ("L", "L01", "L01F", "L01FX"), "12063901001", "Teclistamab", "特立妥单抗"),
)  # fmt: skip
DRUG: Final = {d.name: i for i, d in enumerate(DRUGS)}


def verbatim(form: Form, name: str, codes: Ints, english: Sequence[str], chinese: Sequence[str]) -> None:
    """A free text as the site writes it, and its English translation where the site does not write English."""
    own = form.people.writes_english[form.rows.person]
    written = np.where(own | (codes < 0), codes, codes + len(english))
    form.add(name, pick(written, [*english, *chinese]))
    form.add(f"{name}_EN", pick(np.where(own, -1, codes), list(english)))


def event_term(form: Form, name: str, codes: Ints) -> None:
    """A verbatim event with its MedDRA columns."""
    verbatim(form, name, codes, [t.english for t in TERMS], [t.chinese for t in TERMS])
    for suffix, values in {
        "LLT": [t.pt for t in TERMS],
        "PT": [t.pt for t in TERMS],
        "PTCD": [t.code for t in TERMS],
        "HLT": [t.hlt for t in TERMS],
        "HLGT": [t.hlgt for t in TERMS],
        "SOC": [t.soc for t in TERMS],
        "SOCCD": [SOC_CODES[t.soc] for t in TERMS],
        "DICTVER": ["MedDRA 27.1"] * len(TERMS),
    }.items():
        form.add(f"{name}_{suffix}", pick(codes, values))


def drug_name(form: Form, name: str, codes: Ints, others: Sequence[str] = ()) -> None:
    """A verbatim medication with its WHODrug columns; others are procedures behind the drugs, never coded."""
    english, chinese = [*[d.english for d in DRUGS], *others], [*[d.chinese for d in DRUGS], *others]
    verbatim(form, name, codes, english, chinese)
    drugs = codes.copy()
    drugs[codes >= len(DRUGS)] = -1
    form.add(f"{name}_DRUGNAME", pick(drugs, [d.name for d in DRUGS]))
    for level in range(4):
        form.add(f"{name}_ATC{level + 1}", pick(drugs, [d.atc[level] for d in DRUGS]))
    form.add(f"{name}_DRUGREC", pick(drugs, [d.record for d in DRUGS]))
    form.add(f"{name}_DICTVER", pick(drugs, ["WHODrug Global B3 2025-03"] * len(DRUGS)))
