/** An exact fraction: amounts in wei are sums of shares of tickets and of pixels, and nothing of them may get lost. */
export class Rational {
  static readonly zero = new Rational(0n, 1n);

  /** Carries the sign. */
  readonly numerator: bigint;
  /** Above zero, without a divisor in common with the numerator. */
  readonly denominator: bigint;

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  /** A whole number, or a fraction in any form. Throws a `RangeError` for a denominator of zero. */
  static of(numerator: bigint, denominator = 1n): Rational {
    if (denominator === 0n) throw new RangeError('The denominator of a fraction is not zero.');
    const divisor = commonDivisor(numerator, denominator);
    const sign = denominator < 0n ? -1n : 1n;
    return new Rational((sign * numerator) / divisor, (sign * denominator) / divisor);
  }

  plus(other: Rational): Rational {
    // Amounts of one session mostly share their denominator, and the divisor of large numbers is dear to find.
    if (this.denominator === other.denominator) {
      if (this.denominator === 1n) return new Rational(this.numerator + other.numerator, 1n);
      return Rational.of(this.numerator + other.numerator, this.denominator);
    }
    return Rational.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  minus(other: Rational): Rational {
    return this.plus(new Rational(-other.numerator, other.denominator));
  }

  times(factor: bigint, divisor = 1n): Rational {
    return Rational.of(this.numerator * factor, this.denominator * divisor);
  }

  /** Below zero, zero or above zero, as this is less than, equal to or more than the other. */
  compare(other: Rational): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  isLess(other: Rational): boolean {
    return this.compare(other) < 0;
  }

  /** The lowest whole number that is not less. */
  ceiling(): bigint {
    const quotient = this.numerator / this.denominator;
    return this.numerator > 0n && quotient * this.denominator !== this.numerator ? quotient + 1n : quotient;
  }

  /** How many times the other goes into this as a whole; 0 when this is not above zero. The other is above zero. */
  timesFloor(other: Rational): bigint {
    if (this.numerator <= 0n) return 0n;
    return (this.numerator * other.denominator) / (this.denominator * other.numerator);
  }

  /** How many times the other goes into this, rounded up; 0 when this is not above zero. The other is above zero. */
  timesCeiling(other: Rational): bigint {
    if (this.numerator <= 0n) return 0n;
    const numerator = this.numerator * other.denominator;
    const denominator = this.denominator * other.numerator;
    return (numerator + denominator - 1n) / denominator;
  }
}

/** Never zero, since one of the two is not. */
function commonDivisor(one: bigint, other: bigint): bigint {
  let [larger, smaller] = [one < 0n ? -one : one, other < 0n ? -other : other];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
