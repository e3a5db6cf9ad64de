import { ContractReader } from '../contractReader';
import { EVERYTHING, fresh } from '../contractSetting';
import type { Sentence } from '../contractSetting';

export function secrecySentences(sentence: Sentence): void {
	sentence('never lets a password out, whatever is watched', async ({ admin, ann, server }) => {
		for (const attributes of [['userPassword'], ['userPassword;x-hidden', 'title']]) {
			await expect(server.open({ ...EVERYTHING, attributes })).rejects.toThrow('is a secret');
		}
		for (const attributes of [[], ['title']]) {
			const watching = await ContractReader.from(await server.open({ ...EVERYTHING, attributes }));
			await admin.addPerson(fresh('dora'), { userPassword: [SECRET] });
			await admin.setPassword(ann, SECRET);
			await admin.replace(ann, 'title', [`seen ${attributes.join()}`]);
			const changes = await watching.read();
			await watching.session.close();
			expect(changes.length).toBeGreaterThan(0);
			const kept = JSON.stringify([
				changes.map(({ attributes: news }) => news),
				changes,
				watching.snapshots,
				watching.cursor,
			]);
			expect(kept).not.toMatch(/s3cr3t|"(userPassword|unicodePwd)"/i);
		}
	});
}

/** Long and mixed enough for every server's rules. */
const SECRET = 's3cr3t.Passw0rd';
