"""Arabic names in the letters of scholars (DIN 31635), from which scripts and romanisations are made.

ẗ is the tāʾ marbūṭa, á the alif maqṣūra. People made of these names are invented; any likeness is chance.
"""

from __future__ import annotations

# The more common first.
MEN: tuple[str, ...] = tuple(
    name.strip()
    for name in """
Muḥammad | Aḥmad | ʿAlī | Maḥmūd | Ḥasan | Ḥusayn | Ibrāhīm | Ḫālid | ʿUmar | Muṣṭafá | ʿAbd Allāh | Yūsuf
Ismāʿīl | ʿAbd al-Raḥmān | Ḥamzaẗ | Bilāl | Ṭāriq | Saʿīd | Ǧamāl | Karīm | Samīr | Ramaḍān | Šarīf | Ašraf
Yāsir | ʿAdnān | Ayman | Bašār | Bāsil | Fādī | Fahd | Fayṣal | Fāris | Ġassān | Ǧamīl | Ǧawād | Ḥātim | Hišām
Ḥusām | Iyād | ʿImād | ʿIṣām | Isḥāq | Kamāl | Luʾayy | Māhir | Maǧdī | Māǧid | Manṣūr | Marwān | Māzin | Mūsá
ʿĪsá | Nabīl | Nādir | Naṣr | Nizār | Nūr al-Dīn | ʿUṯmān | Qāsim | Rāʾid | Raʾūf | Rašīd | Riyāḍ | Ṣalāḥ al-Dīn
Sālim | Sāmī | Salmān | Ṣāliḥ | Sulaymān | Šukrī | Šuʿayb | Taysīr | Wāʾil | Walīd | Wisām | Yaḥyá | Yaʿqūb
Yāsīn | Yūnus | Zakariyyā | Zayd | Ziyād | ʿAbd al-Karīm | ʿAbd al-Qādir | ʿAbd al-ʿAzīz | ʿAbd al-Ḥamīd
ʿAbd al-Wahhāb | ʿAbd al-Salām | ʿAbd al-Ġanī | Ḫalīl | Ḍiyāʾ | ʿAlāʾ | Bahāʾ | Ṯāʾir | Anas | Usāmaẗ
Muʿāwiyaẗ | Ṭalḥaẗ | ʿUbaydaẗ | Ǧaʿfar | Hayṯam | Munḏir | Muhannad | ʿĀmir | ʿAmr | ʿĀdil | Ḥāzim | Hānī | Rāmī
Šādī | Tawfīq | Zuhayr | Suhayl | Muʾayyad | Mālik | Ġāzī | Ḫaḍir | Barakāt
""".replace("\n", "|").split("|")
    if name.strip()
)

WOMEN: tuple[str, ...] = tuple(
    name.strip()
    for name in """
Fāṭimaẗ | Maryam | ʿĀʾišaẗ | Ḫadīǧaẗ | Zaynab | Amīnaẗ | Nūr | Hudá | Sāraẗ | Laylá | Salmá | Ḥanān | Īmān
Samīraẗ | Nādiyaẗ | Munā | Rānyā | Rīm | Ġādaẗ | Hibaẗ | Asmāʾ | Suʿād | Nawāl | Saḥar | Wafāʾ | Ibtisām
Ǧamīlaẗ | Karīmaẗ | Laṭīfaẗ | Naǧāẗ | Šaymāʾ | Ruqayyaẗ | Sumayyaẗ | Ṣafāʾ | Hāǧar | Bušrá | Duʿāʾ | Raǧāʾ
""".replace("\n", "|").split("|")
    if name.strip()
)

SURNAMES: tuple[str, ...] = tuple(
    name.strip()
    for name in """
al-Ḥasan | al-Ḥusayn | al-Aḥmad | al-Muḥammad | al-ʿAlī | al-Šarīf | al-Sayyid | al-Ḥaddād | al-Naǧǧār
al-Ḫaṭīb | al-Ḥalabī | al-Ḥimṣī | al-Ḥamawī | al-Dimašqī | al-Baġdādī | al-Mawṣilī | al-Baṣrī | al-Tikrītī
al-Miṣrī | al-Ḥiǧāzī | al-Yamanī | al-Sūrī | al-Maġribī | al-Tūnisī | al-Ǧazāʾirī | al-Filasṭīnī | al-Maqdisī
al-Ḫalīlī | al-Nābulusī | al-Ṣayrafī | al-Ḫabbāz | al-Laḥḥām | al-Qaṣṣāb | al-Ṣabbāġ | al-Dabbāġ | al-Naḥḥās
al-Ḥallāq | al-Ḫayyāṭ | al-ʿAṭṭār | al-Bannāʾ | al-Fallāḥ | al-Ṭaḥḥān | al-Sammān | al-Ṣāʾiġ | al-Ḥakīm
al-Qāḍī | al-Muftī | al-Imām | al-Muʾaḏḏin | al-Ḥāǧǧ | al-Ḥāfiẓ | al-Šayḫ | al-Mullā | al-Ustāḏ | al-Raʾīs
al-ʿUmarī | al-Hāšimī | al-Qurašī | al-Anṣārī | al-Tamīmī | al-Ǧubūrī | al-Dulaymī | al-Šammarī | al-ʿUbaydī
al-Zubaydī | al-Rubayʿī | al-Saʿdī | al-Ḫazraǧī | al-Kaʿbī | al-Ġāmidī | al-Zahrānī | al-Qaḥṭānī | al-ʿUtaybī
al-Muṭayrī | al-Ḥarbī | al-Dawsarī | al-Šahrī | al-ʿAnazī | al-Ruwaylī | al-Ṭawīl | al-Qaṣīr | al-Aswad
al-Abyaḍ | al-Aḥmar | al-Ašqar | al-Aʿraǧ | al-Aṭraš | al-Aʿwar | al-Kabīr | al-Ṣaġīr | al-Ǧadīd | al-Qadīm
al-ʿAǧūz | al-Šāhīn | al-Ṣaqr | al-Bāz | al-Nimr | al-Sabʿ | al-Ḏīb | al-Ġazāl | al-Raḥbānī | al-Buṭrus
al-Qass | al-Šammās | al-Ḫūrī | al-Maʿlūf | al-Ṣalībī | al-Zaytūnī | al-Tuffāḥ | al-Karmī | al-Baḥrī | al-Ǧabalī
al-Ṣaḥrāwī | al-Rīfī | al-Badawī | al-Baladī | al-Šāmī | al-Kurdī | al-Turkmānī | al-Qāsim | al-Ṣāliḥ
al-Ibrāhīm | al-Ḫalaf | al-Ǧāsim | al-ʿAbd Allāh | al-Sulaymān | al-Mūsá | al-ʿĪsá | al-Yūnus | al-Bakkūr
al-Šawwā | al-ʿAkkāwī | al-Ṣafadī | al-Ġazzāwī | al-Yāfāwī | al-Qudsī | al-Karakī | al-Maʿānī | al-Suwaydī
al-ʿAzzāwī | al-Ǧanābī | al-Nuʿaymī | al-Bayātī | al-Qaysī | al-Ḥadīdī | al-Ṭāʾī | al-Lāmī | al-Sāʿidī
al-Mālikī | al-Ġannūšī | al-Būʿzīzī | al-Mizyānī | al-Hilālī | al-Warfallī | al-Qaḏḏāfī | al-Mismārī
al-Fayṭūrī | al-Zintānī | al-Ġaryānī | al-Miṣrātī | al-Ṭarābulusī | al-Barʿaṣī | al-Sanūsī | al-Šarīʿī | al-Dālī
al-Rayḥānī | al-Wardānī | Daġmūš | Ḥammād | Ḥamdān | Šaʿbān | Ġānim | Sallām | Naṣṣār | Barġūṯī | Zaydān | Šāhīn
Qabbānī | Kaylānī | Daqqāq | Mardīnī | Ṣabrī | Rifāʿī | Šaʿrāwī | Ṭanṭāwī | Manṣūrī | Dimyāṭī | Šarqāwī | Manūfī
Bansawī | Fayyūmī | Aswānī | Qināwī | Zaqzūq | Ḫayr Allāh | Sayf al-Dīn | Nāṣir al-Dīn | ʿIzz al-Dīn
Šams al-Dīn | Ḥayyānī | Dāwūdī | Ǧumʿaẗ | Ḫalīfaẗ | Rabīʿ | Darwīš | Qandīl | ʿAṭwaẗ | Ḥiǧāzī | Sarḥān | ʿAwaḍ
Farāǧ | Madkūr | Ġarīb | Buḥayrī | Ḥāmid | Ǧābir | Nawfal | Murād | Saʿd | Ḥasan | Ḥusayn | Ibrāhīm | Maḥmūd
ʿUṯmān | Sulaymān | Yūsuf | Šukrī | Kamāl | Fayṣal | Rašīd | Mūsá | ʿĪsá | Bin ʿAlī | Bin Sālim | Bin Ṣāliḥ
Bū Zayd | Bū Ġānim | Abū Zayd | Abū Ḥamdān | Abū ʿĪd | Abū Šanab | Abū al-Naṣr
""".replace("\n", "|").split("|")
    if name.strip()
)

# Spellings that have become a habit whatever the rules say; used by those who do not transliterate but write.
POPULAR: dict[str, tuple[str, ...]] = {
    "Muḥammad": ("Mohamed", "Mohammed", "Mohammad", "Mohamad", "Muhammed", "Mohd", "Mhd", "Mohd."),
    "Aḥmad": ("Ahmed", "Ahmad", "Ahmet"),
    "Ḥusayn": ("Hussein", "Hussain", "Hossein", "Hocine", "Housein"),
    "Ḥasan": ("Hassan", "Hasan", "Hacen"),
    "Yūsuf": ("Yousef", "Youssef", "Yousif", "Youcef", "Yussuf"),
    "ʿUmar": ("Omar", "Omer", "Umar"),
    "ʿUṯmān": ("Othman", "Osman", "Otman", "Uthman"),
    "Ḫālid": ("Khaled", "Khalid", "Kaled"),
    "Muṣṭafá": ("Mustafa", "Mostafa", "Mustapha", "Moustafa"),
    "Ibrāhīm": ("Ibrahim", "Ebrahim", "Brahim", "Ibraheem"),
    "ʿAbd Allāh": ("Abdullah", "Abdallah", "Abdulla", "Abdellah"),
    "Ṭāriq": ("Tarek", "Tariq", "Tarik"),
    "ʿAlī": ("Ali", "Aly"),
    "Mūsá": ("Musa", "Moussa", "Mousa"),
    "ʿĪsá": ("Issa", "Eissa", "Aissa", "Isa"),
    "Maḥmūd": ("Mahmoud", "Mahmood", "Mahmud"),
    "Sulaymān": ("Suleiman", "Soliman", "Sulaiman", "Slimane"),
    "Saʿīd": ("Saeed", "Said", "Sayed", "Saïd"),
    "Fāṭimaẗ": ("Fatima", "Fatma", "Fatimah", "Fatema"),
    "ʿĀʾišaẗ": ("Aisha", "Aicha", "Aysha", "Aishah"),
    "Zaynab": ("Zainab", "Zeinab", "Zineb"),
    "Maryam": ("Mariam", "Maryam", "Meriem", "Miriam"),
}

# Regions of no country.
PLACES: tuple[str, ...] = tuple(
    name.strip()
    for name in """
Wādī al-Zahr | Tall al-Rummān | ʿAyn al-Ṣafāʾ | Kafr Nuʿmān | Ǧabal al-Šams | Bayt Ǧawzaẗ | Dayr al-Ḥūr
Ḫirbaẗ Sumāq | Marǧ al-Qamḥ | Šaṭṭ al-Nahrayn | Qaṣr al-Nuǧūm | Burǧ al-Lawz
""".replace("\n", "|").split("|")
    if name.strip()
)
