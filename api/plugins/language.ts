/**
 * The language of an answer, chosen by Accept-Language (RFC 9110, section 12.5.4). An answer that contains words for
 * people asks `answerLanguage`, and so says which language it speaks and that another was to be had.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DEFAULT_LANGUAGE, LANGUAGES, type Language } from '../../contracts/texts/shape.ts';

type Wish = { readonly language: string; readonly quality: number };

/** `ko`, `ko-KR`, `*`, each with a weight from 0 to 1 or without one. */
const WISH = /^(\*|[a-z]{1,8})(?:-[a-z0-9]{1,8})*(?:\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * Chooses among our languages: the one wished for most, of equal ones the first named. Regions are ignored, `*` means
 * the languages that are not named, a weight of 0 rules a language out. What cannot be read is left out; who asks for
 * none of ours gets English.
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const wishes = (acceptLanguage ?? '').split(',').flatMap((text): Wish[] => {
    const [, language, quality] = WISH.exec(text.trim()) ?? [];
    return language ? [{ language: language.toLowerCase(), quality: Number(quality ?? 1) }] : [];
  });
  const candidates = LANGUAGES.flatMap((language) => {
    const named = wishes.filter((wish) => wish.language === language);
    const meant = named.length > 0 ? named : wishes.filter((wish) => wish.language === '*');
    const quality = Math.max(0, ...meant.map((wish) => wish.quality));
    const place = wishes.findIndex((wish) => meant.includes(wish) && wish.quality === quality);
    return quality > 0 ? [{ language, quality, place }] : [];
  });
  candidates.sort((one, other) => other.quality - one.quality || one.place - other.place);
  return candidates[0]?.language ?? DEFAULT_LANGUAGE;
}

/** The language to answer a request in; the answer's headers say so. */
export function answerLanguage(request: FastifyRequest, reply: FastifyReply): Language {
  const language = chooseLanguage(request.headers['accept-language']);
  const vary = [reply.getHeader('vary') ?? []].flat().join(', ');
  if (!/\baccept-language\b/i.test(vary))
    void reply.header('vary', [vary, 'Accept-Language'].filter(Boolean).join(', '));
  void reply.header('content-language', language);
  return language;
}
