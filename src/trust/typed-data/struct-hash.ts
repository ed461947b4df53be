import { TypedDataEncoder, type TypedDataField } from 'ethers';

import { keccak } from '../keys/keccak.js';

/** EIP-712's description of a message and what it is made of; the message's own type is the one that no other has. */
export type StructTypes = Record<string, TypedDataField[]>;

/** The hash of a message of a type, 32 bytes. */
export type HashStruct = (message: object) => Uint8Array;

/** Writes a value into the 32 bytes from `offset` on. */
type WriteWord = (value: unknown, words: Buffer, offset: number) => void;

const wordLength = 32;

const loneSurrogate = /\p{Surrogate}/u;

/**
 * Makes EIP-712's `hashStruct` for one type of message. It gives what ethers' encoder gives, in a tenth of the time:
 * the types are read once, and each value goes straight to where it is hashed.
 *
 * Values are what JSON holds: texts, numbers and booleans, no big integers. Of types there are string, bool, address,
 * bytes32, uint8 to uint64, int8 to int64, structs, and arrays of strings and of structs.
 *
 * The function throws a TypeError for a value that is none of its type, naming the field and never the value: what it
 * does hash has no second reading. It is not told whether the message has other fields besides; they are not hashed.
 *
 * @throws {TypeError} for a type that is not among these; ethers' own errors where the description is none
 */
export function compileStructHash(types: StructTypes): HashStruct {
  return new Compilation(types).hash;
}

/** What is needed while the functions are made. */
class Compilation {
  readonly #types: StructTypes;
  readonly #encoder: TypedDataEncoder;
  readonly hash: HashStruct;

  constructor(types: StructTypes) {
    this.#types = types;
    this.#encoder = TypedDataEncoder.from(types);
    this.hash = this.#struct(this.#encoder.primaryType);
  }

  #struct(type: string): HashStruct {
    const fields = (this.#types[type] ?? []).map((field) => ({ name: field.name, write: this.#word(field) }));
    // One for all messages: hashing is synchronous and no struct contains itself. Each word is of one field for good, so
    // the bytes that a type leaves zero stay zero.
    const words = Buffer.alloc(wordLength * (fields.length + 1));
    words.set(keccak(Buffer.from(this.#encoder.encodeType(type), 'utf8')));
    return (message) => {
      let offset = wordLength;
      for (const { name, write } of fields) {
        write((message as Record<string, unknown>)[name], words, offset);
        offset += wordLength;
      }
      return keccak(words);
    };
  }

  #word({ name, type }: TypedDataField): WriteWord {
    if (type.endsWith('[]')) return this.#array(name, type.slice(0, -2));
    if (type in this.#types) {
      const hash = this.#struct(type);
      return (value, words, offset) => {
        if (typeof value !== 'object' || value === null) throw mismatch(name, type);
        words.set(hash(value), offset);
      };
    }
    switch (type) {
      case 'string':
        return textWord(name);
      case 'bool':
        return (value, words, offset) => {
          if (typeof value !== 'boolean') throw mismatch(name, type);
          words[offset + wordLength - 1] = value ? 1 : 0;
        };
      case 'address':
        return hexWord(name, 20);
      case 'bytes32':
        return hexWord(name, wordLength);
      default:
        return integerWord(name, type);
    }
  }

  #array(name: string, type: string): WriteWord {
    // The elements of other types are not hashed first, and would have to keep the rest of their words zero.
    if (type !== 'string' && !(type in this.#types)) throw unsupported(name, `${type}[]`);
    const element = this.#word({ name, type });
    return (value, words, offset) => {
      if (!Array.isArray(value)) throw mismatch(name, `${type}[]`);
      const elements = Buffer.allocUnsafe(wordLength * value.length);
      for (let index = 0; index < value.length; index++) element(value[index], elements, wordLength * index);
      words.set(keccak(elements), offset);
    };
  }
}

function textWord(name: string): WriteWord {
  return (value, words, offset) => {
    // It has no UTF-8, and every one of them would be hashed alike.
    if (typeof value !== 'string' || loneSurrogate.test(value)) throw mismatch(name, 'string');
    words.set(keccak(Buffer.from(value, 'utf8')), offset);
  };
}

/** Hex text, aligned to the word's end. */
function hexWord(name: string, byteLength: number): WriteWord {
  const textLength = 2 + 2 * byteLength;
  return (value, words, offset) => {
    if (typeof value !== 'string' || value.length !== textLength || !value.startsWith('0x'))
      throw mismatch(name, `hex text of ${byteLength} bytes`);
    const start = offset + wordLength - byteLength;
    // It stops at the first that is no hex digit.
    if (words.write(value.slice(2), start, byteLength, 'hex') === byteLength) return;
    throw mismatch(name, `hex text of ${byteLength} bytes`);
  };
}

function integerWord(name: string, type: string): WriteWord {
  const [, sign, size] = /^(u?)int(8|16|32|64)$/.exec(type) ?? [];
  if (size === undefined) throw unsupported(name, type);
  const isSigned = sign === '';
  const limit = 2 ** (Number(size) - (isSigned ? 1 : 0));
  const least = isSigned ? -limit : 0;
  return (value, words, offset) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value >= limit)
      throw mismatch(name, type);
    if (isSigned) words.fill(value < 0 ? 0xff : 0, offset, offset + wordLength - 8);
    // Two's complement: the upper half is rounded down, so the lower one is never negative.
    const upper = Math.floor(value / 2 ** 32);
    words.writeInt32BE(upper, offset + wordLength - 8);
    words.writeUInt32BE(value - upper * 2 ** 32, offset + wordLength - 4);
  };
}

function mismatch(name: string, type: string): TypeError {
  return new TypeError(`${name} is not valid: expected ${type}. Check the message before it is hashed.`);
}

function unsupported(name: string, type: string): TypeError {
  return new TypeError(`${name} is of type ${type}, which messages cannot have here. Use one that they can have.`);
}
