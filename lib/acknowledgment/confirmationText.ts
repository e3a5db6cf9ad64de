import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';
import type { ReplyStatus } from './acknowledgmentReply.types';

/** What the page says in one language. */
export interface ConfirmationText {
	/** Heading and explanation of each state. */
	states: Record<ReplyStatus, { heading: string; explanation: string }>;
	/** On the buttons. */
	buttons: Record<AcknowledgmentAction, string>;
	/** As an answer that was given. */
	answers: Record<AcknowledgmentAction, string>;
	/** Before the title of the message. */
	message: string;
	/** Before the answer that was given. */
	answer: string;
	/** Before the time of the answer. */
	time: string;
	tryAgain: string;
}

const english: ConfirmationText = {
	states: {
		ask: {
			heading: 'Please confirm',
			explanation: 'Your answer is recorded once you press a button. Opening this page has recorded nothing.',
		},
		recorded: { heading: 'Recorded', explanation: 'Thank you. You can close this page.' },
		alreadyRecorded: {
			heading: 'Already recorded',
			explanation: 'You have answered this message before. The first answer counts.',
		},
		received: {
			heading: 'Received',
			explanation: 'Thank you. Your answer has arrived and is being processed. You can close this page.',
		},
		tryAgain: {
			heading: 'Not recorded yet',
			explanation: 'Your answer could not be recorded at the moment. Please try again in a little while.',
		},
		expired: {
			heading: 'This link has expired',
			explanation: 'It is too late to answer this message here. Please contact whoever sent it.',
		},
		invalid: {
			heading: 'This link is not valid',
			explanation: 'Please open the link from the original message again. Nothing was recorded.',
		},
		notAllowed: {
			heading: 'This answer is not possible',
			explanation: 'The message does not offer it. Please open the link again. Nothing was recorded.',
		},
		malformed: {
			heading: 'This request was not understood',
			explanation: 'Please open the link from the original message again. Nothing was recorded.',
		},
		notConfigured: {
			heading: 'Not available',
			explanation:
				'This service is not set up completely. Nothing was recorded. Please tell whoever sent the message.',
		},
	},
	buttons: { acknowledged: 'Acknowledge', approved: 'Approve', rejected: 'Reject', dismissed: 'Dismiss' },
	answers: {
		acknowledged: 'Acknowledged',
		approved: 'Approved',
		rejected: 'Rejected',
		dismissed: 'Dismissed',
	},
	message: 'Message',
	answer: 'Your answer',
	time: 'Time',
	tryAgain: 'Try again',
};

const german: ConfirmationText = {
	states: {
		ask: {
			heading: 'Bitte bestätigen',
			explanation:
				'Ihre Antwort wird festgehalten, sobald Sie eine Schaltfläche drücken. Durch das Öffnen dieser Seite wurde nichts festgehalten.',
		},
		recorded: { heading: 'Festgehalten', explanation: 'Vielen Dank. Sie können diese Seite schließen.' },
		alreadyRecorded: {
			heading: 'Bereits festgehalten',
			explanation: 'Sie haben diese Nachricht schon beantwortet. Es zählt die erste Antwort.',
		},
		received: {
			heading: 'Eingegangen',
			explanation:
				'Vielen Dank. Ihre Antwort ist angekommen und wird verarbeitet. Sie können diese Seite schließen.',
		},
		tryAgain: {
			heading: 'Noch nicht festgehalten',
			explanation:
				'Ihre Antwort konnte gerade nicht festgehalten werden. Bitte versuchen Sie es in Kürze noch einmal.',
		},
		expired: {
			heading: 'Dieser Link ist abgelaufen',
			explanation:
				'Diese Nachricht kann hier nicht mehr beantwortet werden. Bitte wenden Sie sich an den Absender.',
		},
		invalid: {
			heading: 'Dieser Link ist ungültig',
			explanation:
				'Bitte öffnen Sie den Link aus der ursprünglichen Nachricht noch einmal. Es wurde nichts festgehalten.',
		},
		notAllowed: {
			heading: 'Diese Antwort ist nicht möglich',
			explanation:
				'Die Nachricht sieht sie nicht vor. Bitte öffnen Sie den Link noch einmal. Es wurde nichts festgehalten.',
		},
		malformed: {
			heading: 'Die Anfrage war nicht verständlich',
			explanation:
				'Bitte öffnen Sie den Link aus der ursprünglichen Nachricht noch einmal. Es wurde nichts festgehalten.',
		},
		notConfigured: {
			heading: 'Nicht verfügbar',
			explanation:
				'Dieser Dienst ist nicht vollständig eingerichtet. Es wurde nichts festgehalten. Bitte benachrichtigen Sie den Absender.',
		},
	},
	buttons: {
		acknowledged: 'Bestätigen',
		approved: 'Genehmigen',
		rejected: 'Ablehnen',
		dismissed: 'Verwerfen',
	},
	answers: {
		acknowledged: 'Bestätigt',
		approved: 'Genehmigt',
		rejected: 'Abgelehnt',
		dismissed: 'Verworfen',
	},
	message: 'Nachricht',
	answer: 'Ihre Antwort',
	time: 'Zeitpunkt',
	tryAgain: 'Noch einmal versuchen',
};

const french: ConfirmationText = {
	states: {
		ask: {
			heading: 'Veuillez confirmer',
			explanation:
				'Votre réponse est enregistrée dès que vous appuyez sur un bouton. L’ouverture de cette page n’a rien enregistré.',
		},
		recorded: { heading: 'Enregistré', explanation: 'Merci. Vous pouvez fermer cette page.' },
		alreadyRecorded: {
			heading: 'Déjà enregistré',
			explanation: 'Vous avez déjà répondu à ce message. La première réponse compte.',
		},
		received: {
			heading: 'Reçu',
			explanation: 'Merci. Votre réponse est arrivée et va être traitée. Vous pouvez fermer cette page.',
		},
		tryAgain: {
			heading: 'Pas encore enregistré',
			explanation:
				'Votre réponse n’a pas pu être enregistrée pour le moment. Veuillez réessayer dans quelques instants.',
		},
		expired: {
			heading: 'Ce lien a expiré',
			explanation:
				'Il n’est plus possible de répondre ici à ce message. Veuillez vous adresser à son expéditeur.',
		},
		invalid: {
			heading: 'Ce lien n’est pas valable',
			explanation: 'Veuillez rouvrir le lien du message d’origine. Rien n’a été enregistré.',
		},
		notAllowed: {
			heading: 'Cette réponse n’est pas possible',
			explanation: 'Le message ne la propose pas. Veuillez rouvrir le lien. Rien n’a été enregistré.',
		},
		malformed: {
			heading: 'La demande n’a pas été comprise',
			explanation: 'Veuillez rouvrir le lien du message d’origine. Rien n’a été enregistré.',
		},
		notConfigured: {
			heading: 'Indisponible',
			explanation:
				'Ce service n’est pas entièrement configuré. Rien n’a été enregistré. Veuillez prévenir l’expéditeur du message.',
		},
	},
	buttons: { acknowledged: 'Confirmer', approved: 'Approuver', rejected: 'Refuser', dismissed: 'Ignorer' },
	answers: { acknowledged: 'Confirmé', approved: 'Approuvé', rejected: 'Refusé', dismissed: 'Ignoré' },
	message: 'Message',
	answer: 'Votre réponse',
	time: 'Heure',
	tryAgain: 'Réessayer',
};

const spanish: ConfirmationText = {
	states: {
		ask: {
			heading: 'Confirme, por favor',
			explanation:
				'Su respuesta se registra cuando pulsa un botón. Al abrir esta página no se ha registrado nada.',
		},
		recorded: { heading: 'Registrado', explanation: 'Gracias. Puede cerrar esta página.' },
		alreadyRecorded: {
			heading: 'Ya estaba registrado',
			explanation: 'Ya había respondido a este mensaje. Cuenta la primera respuesta.',
		},
		received: {
			heading: 'Recibido',
			explanation: 'Gracias. Su respuesta ha llegado y se está procesando. Puede cerrar esta página.',
		},
		tryAgain: {
			heading: 'Aún no está registrado',
			explanation:
				'En este momento no se ha podido registrar su respuesta. Inténtelo de nuevo dentro de un rato.',
		},
		expired: {
			heading: 'Este enlace ha caducado',
			explanation: 'Ya no se puede responder aquí a este mensaje. Póngase en contacto con quien lo envió.',
		},
		invalid: {
			heading: 'Este enlace no es válido',
			explanation: 'Abra de nuevo el enlace del mensaje original. No se ha registrado nada.',
		},
		notAllowed: {
			heading: 'Esta respuesta no es posible',
			explanation: 'El mensaje no la ofrece. Abra de nuevo el enlace. No se ha registrado nada.',
		},
		malformed: {
			heading: 'No se ha entendido la solicitud',
			explanation: 'Abra de nuevo el enlace del mensaje original. No se ha registrado nada.',
		},
		notConfigured: {
			heading: 'No disponible',
			explanation:
				'Este servicio no está configurado del todo. No se ha registrado nada. Avise a quien envió el mensaje.',
		},
	},
	buttons: { acknowledged: 'Confirmar', approved: 'Aprobar', rejected: 'Rechazar', dismissed: 'Descartar' },
	answers: {
		acknowledged: 'Confirmado',
		approved: 'Aprobado',
		rejected: 'Rechazado',
		dismissed: 'Descartado',
	},
	message: 'Mensaje',
	answer: 'Su respuesta',
	time: 'Hora',
	tryAgain: 'Intentarlo de nuevo',
};

/** Language subtag (BCP 47) → texts. Adding a language is adding a row. */
const TEXTS: ReadonlyMap<string, ConfirmationText> = new Map([
	['en', english],
	['de', german],
	['fr', french],
	['es', spanish],
]);

/** The first wish that we have texts for, else English. `wishes` are BCP 47 tags, best first. */
export function chooseLanguage(wishes: ReadonlyArray<string | undefined>): {
	language: string;
	text: ConfirmationText;
} {
	for (const wish of wishes) {
		const language = wish?.trim().split(/[-_]/, 1)[0]?.toLowerCase() ?? '';
		const text = TEXTS.get(language);
		if (text) return { language, text };
	}
	return { language: 'en', text: english };
}

/** The tags of an Accept-Language header (RFC 9110 §12.5.4), best first; what cannot be read is left out. */
export function acceptedLanguages(header: string | undefined): string[] {
	return (header ?? '')
		.slice(0, 500)
		.split(',')
		.map((range) => {
			const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
			const weight = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
			return { tag, quality: weight === undefined ? 1 : Number(weight) };
		})
		.filter(({ tag, quality }) => /^[a-z-]{1,35}$/i.test(tag) && quality > 0)
		.sort((a, b) => b.quality - a.quality)
		.map(({ tag }) => tag);
}
