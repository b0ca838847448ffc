"""What patients are told, in their own language: whole sentences, written for each language and not put together.

`%(first_name)s`, `%(day)s`, `%(time)s` and `%(branch)s` are filled in; days are on the branch's calendar.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`day` is Django's date format for a day with its weekday, for readers of this language."""

    language: str
    day: str
    subject_booked: str
    subject_before: str
    hello: str
    booked: str
    before: str
    text_booked: str
    text_before: str
    answer_here: str
    questions: str
    no_reply: str
    title: str
    come: str
    cannot: str
    really: str
    coming: str
    asked: str
    cancelled: str
    over: str
    changed: str
    too_often: str
    not_known: str

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "ar" else "ltr"


ENGLISH = Words(
    language="en",
    day="l j F",
    subject_booked="Your appointment on %(day)s at %(time)s",
    subject_before="Reminder: your appointment on %(day)s at %(time)s",
    hello="Hello %(first_name)s,",
    booked="your appointment is booked for %(day)s at %(time)s at %(branch)s.",
    before="this is a reminder of your appointment on %(day)s at %(time)s at %(branch)s.",
    text_booked="%(branch)s: your appointment is booked for %(day)s at %(time)s. Confirm or cancel: %(link)s",
    text_before="%(branch)s: reminder of your appointment on %(day)s at %(time)s. Confirm or cancel: %(link)s",
    answer_here="Please tell us whether you will come:",
    questions="If you have any questions, call us on %(phone)s.",
    no_reply="This message was sent automatically.",
    title="Your appointment",
    come="Yes, I will come",
    cannot="I cannot come",
    really="Please only press this if you cannot come at this time.",
    coming="Thank you. We look forward to seeing you.",
    asked="Thank you for telling us that you cannot come. We will see to it, and may call you about another time.",
    cancelled="This appointment has been cancelled. Call us if you would like another one.",
    over="This appointment is over.",
    changed="This appointment has been changed since you opened this page. Please look at the time again.",
    too_often="That was too often. Please try again in a few minutes.",
    not_known="This address is not valid, or not any more. Please check that it was copied completely, or call us.",
)

SPANISH = Words(
    language="es",
    day=r"l j \d\e F",
    subject_booked="Su cita del %(day)s a las %(time)s",
    subject_before="Recordatorio: su cita del %(day)s a las %(time)s",
    hello="Hola, %(first_name)s:",
    booked="su cita queda reservada para el %(day)s a las %(time)s en %(branch)s.",
    before="le recordamos su cita del %(day)s a las %(time)s en %(branch)s.",
    text_booked="%(branch)s: su cita es el %(day)s a las %(time)s. Confirme o cancele: %(link)s",
    text_before="%(branch)s: le recordamos su cita del %(day)s a las %(time)s. Confirme o cancele: %(link)s",
    answer_here="Díganos, por favor, si va a venir:",
    questions="Si tiene alguna pregunta, llámenos al %(phone)s.",
    no_reply="Este mensaje se ha enviado automáticamente.",
    title="Su cita",
    come="Sí, voy a venir",
    cannot="No puedo venir",
    really="Púlselo solo si no puede venir a esa hora.",
    coming="Gracias. Le esperamos.",
    asked="Gracias por avisarnos de que no puede venir. Nos ocuparemos y quizá le llamemos para buscar otra hora.",
    cancelled="Esta cita se ha cancelado. Llámenos si desea otra.",
    over="Esta cita ya ha pasado.",
    changed="Esta cita ha cambiado desde que abrió esta página. Por favor, compruebe de nuevo la hora.",
    too_often="Demasiados intentos. Vuelva a probar dentro de unos minutos.",
    not_known="Esta dirección no es válida o ha dejado de serlo. Compruebe que se ha copiado entera o llámenos.",
)

FRENCH = Words(
    language="fr",
    day="l j F",
    subject_booked="Votre rendez-vous du %(day)s à %(time)s",
    subject_before="Rappel : votre rendez-vous du %(day)s à %(time)s",
    hello="Bonjour %(first_name)s,",
    booked="votre rendez-vous est réservé pour le %(day)s à %(time)s, à %(branch)s.",
    before="nous vous rappelons votre rendez-vous du %(day)s à %(time)s, à %(branch)s.",
    text_booked="%(branch)s : votre rendez-vous est le %(day)s à %(time)s. Confirmer ou annuler : %(link)s",
    text_before="%(branch)s : rappel de votre rendez-vous du %(day)s à %(time)s. Confirmer ou annuler : %(link)s",
    answer_here="Merci de nous dire si vous viendrez :",
    questions="Pour toute question, appelez-nous au %(phone)s.",
    no_reply="Ce message a été envoyé automatiquement.",
    title="Votre rendez-vous",
    come="Oui, je viendrai",
    cannot="Je ne peux pas venir",
    really="N’appuyez que si vous ne pouvez pas venir à cette heure.",
    coming="Merci. À bientôt.",
    asked="Merci de nous avoir prévenus que vous ne pouvez pas venir. Nous nous en occupons et vous appellerons "
    "peut-être pour convenir d’une autre heure.",
    cancelled="Ce rendez-vous a été annulé. Appelez-nous si vous en souhaitez un autre.",
    over="Ce rendez-vous est passé.",
    changed="Ce rendez-vous a changé depuis que vous avez ouvert cette page. Merci de vérifier l’heure.",
    too_often="Trop de tentatives. Merci de réessayer dans quelques minutes.",
    not_known="Cette adresse n’est pas valable, ou ne l’est plus. Vérifiez qu’elle est entière, ou appelez-nous.",
)

ARABIC = Words(
    language="ar",
    day="l j F",
    subject_booked="موعدك يوم %(day)s الساعة %(time)s",
    subject_before="تذكير: موعدك يوم %(day)s الساعة %(time)s",
    hello="مرحبًا %(first_name)s،",
    booked="تم حجز موعدك يوم %(day)s الساعة %(time)s في %(branch)s.",
    before="نذكّرك بموعدك يوم %(day)s الساعة %(time)s في %(branch)s.",
    text_booked="%(branch)s: تم حجز موعدك يوم %(day)s الساعة %(time)s. للتأكيد أو الإلغاء: %(link)s",
    text_before="%(branch)s: نذكّرك بموعدك يوم %(day)s الساعة %(time)s. للتأكيد أو الإلغاء: %(link)s",
    answer_here="يرجى إبلاغنا إن كنت ستحضر:",
    questions="لأي استفسار، اتصل بنا على الرقم %(phone)s.",
    no_reply="أُرسلت هذه الرسالة تلقائيًا.",
    title="موعدك",
    come="نعم، سأحضر",
    cannot="لا أستطيع الحضور",
    really="اضغط هنا فقط إن كنت لا تستطيع الحضور في هذا الوقت.",
    coming="شكرًا لك. نحن في انتظارك.",
    asked="شكرًا لإبلاغنا بأنك لا تستطيع الحضور. سنتولى الأمر، وقد نتصل بك لتحديد موعد آخر.",
    cancelled="تم إلغاء هذا الموعد. اتصل بنا إن أردت موعدًا آخر.",
    over="لقد انتهى هذا الموعد.",
    changed="تغيّر هذا الموعد منذ أن فتحت هذه الصفحة. يرجى مراجعة الوقت مرة أخرى.",
    too_often="محاولات كثيرة. يرجى إعادة المحاولة بعد بضع دقائق.",
    not_known="هذا العنوان غير صالح أو لم يعد صالحًا. تأكد من نسخه كاملًا، أو اتصل بنا.",
)

LANGUAGES = {words.language: words for words in (ENGLISH, SPANISH, FRENCH, ARABIC)}


def words_for(language: str) -> Words:
    """Return the words of a patient's language ("fr", "es-mx"), or the English ones."""
    return LANGUAGES.get(language.split("-")[0].lower(), ENGLISH)
