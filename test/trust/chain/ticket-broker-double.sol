// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/**
 * A double of Livepeer's contracts, for tests only: the controller, the rounds and the broker of payment tickets in one,
 * with the functions that Millrace calls and the checks a redemption has to pass. It holds no funds of anybody and
 * leaves out whatever is not needed for that: staking, fees of pools, the split of reserves.
 */
contract TicketBrokerDouble {
    struct Ticket {
        address recipient;
        address sender;
        uint256 faceValue;
        uint256 winProb;
        uint256 senderNonce;
        bytes32 recipientRandHash;
        bytes auxData;
    }

    struct Sender {
        uint256 deposit;
        uint256 withdrawRound;
    }

    struct ReserveInfo {
        uint256 fundsRemaining;
        uint256 claimedInCurrentRound;
    }

    uint256 public lastInitializedRound = 1;
    uint256 public constant ticketValidityPeriod = 2;
    uint256 public constant unlockPeriod = 2;
    mapping(uint256 => bytes32) public blockHashForRound;
    mapping(bytes32 => bool) public usedTickets;
    mapping(address => Sender) private senders;
    mapping(address => uint256) private reserves;
    mapping(address => mapping(address => uint256)) public claimedReserve;
    /// What was paid to a recipient in all; the double keeps the money, so that a test can compare.
    mapping(address => uint256) public paidTo;
    uint256 public redemptions;

    constructor() {
        blockHashForRound[1] = blockhash(block.number - 1);
    }

    function getContract(bytes32) external view returns (address) {
        return address(this);
    }

    function startRound() external {
        lastInitializedRound += 1;
        blockHashForRound[lastInitializedRound] = blockhash(block.number - 1);
    }

    function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) external payable {
        require(msg.value == depositAmount + reserveAmount, "msg.value does not equal sum of deposit and reserve");
        senders[msg.sender].deposit += depositAmount;
        reserves[msg.sender] += reserveAmount;
    }

    function fundDeposit() external payable {
        senders[msg.sender].deposit += msg.value;
    }

    function fundReserve() external payable {
        reserves[msg.sender] += msg.value;
    }

    function unlock() external {
        senders[msg.sender].withdrawRound = lastInitializedRound + unlockPeriod;
    }

    function cancelUnlock() external {
        senders[msg.sender].withdrawRound = 0;
    }

    function withdraw() external {
        Sender storage sender = senders[msg.sender];
        require(sender.withdrawRound > 0 && lastInitializedRound >= sender.withdrawRound, "account is locked");
        uint256 amount = sender.deposit + reserves[msg.sender];
        delete senders[msg.sender];
        delete reserves[msg.sender];
        payable(msg.sender).transfer(amount);
    }

    function getSenderInfo(address sender) external view returns (Sender memory, ReserveInfo memory) {
        return (senders[sender], ReserveInfo(reserves[sender], 0));
    }

    function claimableReserve(address reserveHolder, address) public view returns (uint256) {
        return reserves[reserveHolder];
    }

    function getTicketHash(Ticket memory ticket) public pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                ticket.recipient,
                ticket.sender,
                ticket.faceValue,
                ticket.winProb,
                ticket.senderNonce,
                ticket.recipientRandHash,
                ticket.auxData
            )
        );
    }

    function redeemWinningTicket(Ticket memory ticket, bytes memory sig, uint256 recipientRand) public {
        bytes32 hash = getTicketHash(ticket);
        require(ticket.recipient != address(0), "ticket recipient is null address");
        require(ticket.sender != address(0), "ticket sender is null address");
        (uint256 creationRound, bytes32 roundHash) = abi.decode(ticket.auxData, (uint256, bytes32));
        require(blockHashForRound[creationRound] == roundHash, "ticket creationRoundBlockHash invalid for creationRound");
        require(creationRound + ticketValidityPeriod > lastInitializedRound, "ticket is expired");
        require(
            keccak256(abi.encodePacked(recipientRand)) == ticket.recipientRandHash,
            "recipientRand does not match recipientRandHash"
        );
        require(!usedTickets[hash], "ticket is used");
        require(signerOf(hash, sig) == ticket.sender, "invalid signature over ticket hash");
        require(uint256(keccak256(abi.encodePacked(sig, recipientRand))) < ticket.winProb, "ticket did not win");

        Sender storage sender = senders[ticket.sender];
        require(sender.deposit + reserves[ticket.sender] > 0, "sender deposit and reserve are zero");
        usedTickets[hash] = true;
        uint256 fromDeposit = ticket.faceValue < sender.deposit ? ticket.faceValue : sender.deposit;
        uint256 rest = ticket.faceValue - fromDeposit;
        uint256 fromReserve = rest < reserves[ticket.sender] ? rest : reserves[ticket.sender];
        sender.deposit -= fromDeposit;
        reserves[ticket.sender] -= fromReserve;
        claimedReserve[ticket.sender][ticket.recipient] += fromReserve;
        paidTo[ticket.recipient] += fromDeposit + fromReserve;
        redemptions += 1;
    }

    function batchRedeemWinningTickets(Ticket[] memory tickets, bytes[] memory sigs, uint256[] memory rands) external {
        for (uint256 i = 0; i < tickets.length; i++) redeemWinningTicket(tickets[i], sigs[i], rands[i]);
    }

    function signerOf(bytes32 hash, bytes memory sig) private pure returns (address) {
        require(sig.length == 65, "invalid signature length");
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly {
            r := mload(add(sig, 32))
            s := mload(add(sig, 64))
            v := byte(0, mload(add(sig, 96)))
        }
        require(
            uint256(s) <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0,
            "signature s value too high"
        );
        require(v == 27 || v == 28, "signature v value must be 27 or 28");
        return ecrecover(keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash)), v, r, s);
    }
}
