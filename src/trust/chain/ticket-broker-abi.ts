import { Interface } from 'ethers/abi';

/** What is used of Livepeer's contracts: the broker of payment tickets, the rounds, and the controller that knows where they are. */
export const contracts = new Interface([
  'function getContract(bytes32 id) view returns (address)',
  'function lastInitializedRound() view returns (uint256)',
  'function blockHashForRound(uint256 round) view returns (bytes32)',
  'function getSenderInfo(address sender) view returns (tuple(uint256 deposit, uint256 withdrawRound) sender, tuple(uint256 fundsRemaining, uint256 claimedInCurrentRound) reserve)',
  'function claimableReserve(address reserveHolder, address claimant) view returns (uint256)',
  'function usedTickets(bytes32 hash) view returns (bool)',
  'function ticketValidityPeriod() view returns (uint256)',
  'function redeemWinningTicket(tuple(address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData) ticket, bytes sig, uint256 recipientRand)',
  'function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) payable',
  'function unlock()',
  'function cancelUnlock()',
  'function withdraw()',
]);
