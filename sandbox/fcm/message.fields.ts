import type { FieldType } from './protoJson.ts';

/** SendMessageRequest of FCM HTTP v1, field by field (firebase.google.com/docs/reference/fcm/rest/v1/projects.messages). */
const string: FieldType = { kind: 'string' };
const bool: FieldType = { kind: 'bool' };
const int32: FieldType = { kind: 'int32' };
const float: FieldType = { kind: 'float' };
const duration: FieldType = { kind: 'duration' };
const timestamp: FieldType = { kind: 'timestamp' };
const struct: FieldType = { kind: 'struct' };
const stringMap: FieldType = { kind: 'stringMap' };
const strings: FieldType = { kind: 'list', of: string };
const message = (fields: Record<string, FieldType>): FieldType => ({ kind: 'message', fields });
const oneOf = (name: string, ...values: string[]): FieldType => ({ kind: 'enum', name, values });

const color = message({ red: float, green: float, blue: float, alpha: float });
const lightSettings = message({ color, light_on_duration: duration, light_off_duration: duration });
const labelOnly = message({ analytics_label: string });

const androidNotification = message({
	title: string,
	body: string,
	icon: string,
	color: string,
	sound: string,
	tag: string,
	click_action: string,
	body_loc_key: string,
	body_loc_args: strings,
	title_loc_key: string,
	title_loc_args: strings,
	channel_id: string,
	ticker: string,
	sticky: bool,
	event_time: timestamp,
	local_only: bool,
	notification_priority: oneOf(
		'NotificationPriority',
		'PRIORITY_UNSPECIFIED',
		'PRIORITY_MIN',
		'PRIORITY_LOW',
		'PRIORITY_DEFAULT',
		'PRIORITY_HIGH',
		'PRIORITY_MAX',
	),
	default_sound: bool,
	default_vibrate_timings: bool,
	default_light_settings: bool,
	vibrate_timings: { kind: 'list', of: duration },
	visibility: oneOf('Visibility', 'VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'),
	notification_count: int32,
	light_settings: lightSettings,
	image: string,
	bypass_proxy_notification: bool,
	proxy: oneOf('Proxy', 'PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'),
});

const android = message({
	collapse_key: string,
	priority: oneOf('AndroidMessagePriority', 'NORMAL', 'HIGH'),
	ttl: duration,
	restricted_package_name: string,
	data: stringMap,
	notification: androidNotification,
	fcm_options: labelOnly,
	direct_boot_ok: bool,
	bandwidth_constrained_ok: bool,
	restricted_satellite_ok: bool,
});

const webpush = message({
	headers: stringMap,
	data: stringMap,
	notification: struct,
	fcm_options: message({ link: string, analytics_label: string }),
});

const apns = message({
	headers: stringMap,
	payload: struct,
	fcm_options: message({ analytics_label: string, image: string }),
	live_activity_token: string,
});

export const TARGETS = ['token', 'topic', 'condition', 'fid'] as const;

const fcmMessage: FieldType = {
	kind: 'message',
	oneof: TARGETS,
	fields: {
		name: string,
		data: stringMap,
		notification: message({ title: string, body: string, image: string }),
		android,
		webpush,
		apns,
		fcm_options: labelOnly,
		token: string,
		topic: string,
		condition: string,
		fid: string,
	},
};

export const SEND_REQUEST: FieldType = message({ validate_only: bool, message: fcmMessage });
