from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from os import PathLike
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, TypeVar, final

import numpy as np
import numpy.typing as npt
from typing_extensions import disjoint_base

__all__ = [
    "DEBUG_BUILD",
    "ActivityPanel",
    "Aft",
    "AggregateExport",
    "Allocation",
    "Audience",
    "Baskets",
    "BetaDiscreteWeibull",
    "BgBb",
    "BgCnbd",
    "BgNbd",
    "BinaryClassifier",
    "Bootstrap",
    "BreakEven",
    "BrierDecomposition",
    "BrierScore",
    "CalibrationError",
    "Calibrator",
    "CampaignEffect",
    "CampaignTotals",
    "CashPath",
    "ChurnClassifier",
    "ChurnFeatures",
    "ChurnModel",
    "ChurnRisk",
    "ChurnScores",
    "ClusterChoice",
    "CohortActivityTable",
    "CohortTable",
    "Comparison",
    "Concordance",
    "ContactPolicy",
    "ContractValue",
    "ContractualModel",
    "Convergence",
    "CovariateModel",
    "CoxPh",
    "CpmError",
    "CumulativeDynamicAuc",
    "CustomerEquity",
    "CustomerSummary",
    "DataError",
    "DiscreteHazard",
    "Drivers",
    "Estimate",
    "Estimator",
    "EventLog",
    "FitError",
    "FutureEquity",
    "GGompertzNbd",
    "GammaGamma",
    "Gap",
    "GaussianMixture",
    "Goal",
    "GoalForecast",
    "GoalStatus",
    "GroupScores",
    "GrowthBridge",
    "Hhi",
    "Holdout",
    "HoldoutCheck",
    "HoldoutGroup",
    "IndependenceTest",
    "ItemSimilarity",
    "Itemsets",
    "KMeans",
    "KPrototypes",
    "KaplanMeier",
    "KolmogorovSmirnov",
    "Lifecycle",
    "LifetimeValue",
    "LogRankTest",
    "LogisticRegression",
    "MaximumProfit",
    "MbgCnbd",
    "MbgNbd",
    "Model",
    "Nbd",
    "NelsonAalen",
    "OfferPlan",
    "OpportunityHistories",
    "OpportunityPrediction",
    "ParetoNbd",
    "Pipeline",
    "PopulationStability",
    "Portfolio",
    "PortfolioComparison",
    "Posterior",
    "Prior",
    "ProportionalHazardsTest",
    "PurchaseModel",
    "PurchaseRhythm",
    "PurchaseTotals",
    "QiniCurve",
    "QualityReport",
    "QuantileEstimate",
    "Regret",
    "Renewals",
    "RepeatPurchases",
    "ReportSection",
    "Response",
    "RetentionPlan",
    "RevenueAtRisk",
    "Rfm",
    "RollingSplits",
    "RowIssue",
    "RuleSet",
    "ScoreDifference",
    "SegmentMix",
    "SegmentProfiles",
    "SegmentReturns",
    "SegmentStability",
    "SegmentationModel",
    "Segments",
    "ShiftedBetaGeometric",
    "ShiftedBetaGeometricWithCovariates",
    "SimulatedOrders",
    "SpiegelhalterTest",
    "StrategyTable",
    "Suggestions",
    "SummaryBuilder",
    "SummaryQuality",
    "SurveyScore",
    "SurvivalData",
    "SurvivalRegression",
    "Table",
    "TargetList",
    "TestResult",
    "TransactionLog",
    "TransitionMatrix",
    "UpliftModel",
    "Valuation",
    "ValueBridge",
    "ValueTiers",
    "WhaleCurve",
    "__version__",
    "acquisition_by_channel",
    "activity_panel",
    "adjusted_rand_index",
    "aggregate_segments",
    "allocate_budget",
    "analyze",
    "association_rules",
    "auc",
    "average_precision",
    "bootstrap",
    "break_even",
    "break_even_response_rate",
    "brier",
    "brier_score",
    "calibration_curve",
    "calibration_error",
    "calinski_harabasz_score",
    "campaign_effect",
    "cash_flows",
    "cash_path",
    "cdnow",
    "ces",
    "choose_clusters",
    "churn_features",
    "churn_risk",
    "churn_scores",
    "close_clv_gap",
    "close_gap",
    "cohort_retention",
    "cohort_table",
    "compare",
    "compare_auc",
    "concentration",
    "concordance_index",
    "contact_policy",
    "csat",
    "cumulative_dynamic_auc",
    "customer_based_valuation",
    "customer_equity",
    "davies_bouldin_score",
    "detractor_value",
    "efficient_frontier",
    "empc",
    "equity_of_values",
    "evaluate",
    "expanding_windows",
    "export_audience",
    "frequent_itemsets",
    "future_equity",
    "gini",
    "growth_bridge",
    "growth_by_period",
    "hash_emails",
    "hhi",
    "holdout_check",
    "item_similarity",
    "kolmogorov_smirnov",
    "lifetime_value",
    "lift_at",
    "lift_table",
    "likelihood_ratio_test",
    "load_model",
    "log_loss",
    "log_rank_test",
    "long_run_concentration",
    "lorenz",
    "ltv_to_cac",
    "migration_matrix",
    "mpc",
    "normalised_gini",
    "nps",
    "nps_by_value_tier",
    "payback",
    "plan_retention_offer",
    "population_stability",
    "portfolio_at",
    "post_stratification_weights",
    "posterior",
    "profile_interval",
    "profile_segments",
    "pseudonyms",
    "purchase_rhythm",
    "purchase_totals",
    "qini_curve",
    "rank_offers",
    "referral_value",
    "repeat_purchases",
    "revenue_at_risk",
    "rfm_segments",
    "roc_curve",
    "satisfaction_drivers",
    "score_by_group",
    "segment_stability",
    "silhouette_samples",
    "silhouette_score",
    "simulate_orders",
    "spiegelhalter",
    "stage_conversion",
    "stratified_folds",
    "stress_test",
    "suggest_treatments",
    "target_customers",
    "top_share",
    "value_bridge",
    "value_by_channel_and_cohort",
    "volume_cost_profit",
    "weighted_pipeline",
    "whale_curve",
]
__version__: str
DEBUG_BUILD: bool

_Path: TypeAlias = str | PathLike[str]
_Progress: TypeAlias = bool | Callable[[int, int, int | None], object] | None
_Date: TypeAlias = str | date | np.datetime64
_Floats: TypeAlias = npt.NDArray[np.float64]
_Column: TypeAlias = npt.ArrayLike | Sequence[Any] | _Arraylike
_Ids: TypeAlias = list[str] | npt.NDArray[np.int64]
_TimeUnit: TypeAlias = Literal["day", "week", "month", "year"]
_MergeWithin: TypeAlias = Literal["nothing", "hour", "day", "week", "month", "order"]
_ColumnName: TypeAlias = str | int
# A dict, a pandas Series, or a table of two columns.
_Aliases: TypeAlias = Mapping[Any, Any] | _Items | _Table
_Duplicates: TypeAlias = Literal["keep", "drop"]
_FutureDates: TypeAlias = Literal["error", "drop", "keep"]
_OnError: TypeAlias = Literal["raise", "exclude"]
_Returns: TypeAlias = Literal["error", "drop", "net"]
_ZeroAmounts: TypeAlias = Literal["keep", "drop"]
_Scores: TypeAlias = tuple[int, int]
_Rule: TypeAlias = tuple[str, _Scores, _Scores] | tuple[str, _Scores, _Scores, _Scores]
_Covariates: TypeAlias = npt.ArrayLike | _Arraylike | _Table
_Matrix: TypeAlias = npt.ArrayLike | _Arraylike
_IntervalScale: TypeAlias = Literal["log-log", "plain", "log"]
_Ties: TypeAlias = Literal["efron", "breslow"]
_Weighting: TypeAlias = Literal["log-rank", "wilcoxon", "tarone-ware", "peto", "fleming-harrington"]
_Distribution: TypeAlias = Literal["weibull", "log-normal", "log-logistic"]
_Link: TypeAlias = Literal["logit", "cloglog"]
_Transform: TypeAlias = Literal["kaplan-meier", "rank", "identity", "log"]
_Binning: TypeAlias = Literal["quantile", "uniform"]
_PurchaseModelName: TypeAlias = Literal[
    "bg_nbd", "mbg_nbd", "pareto_nbd", "nbd", "ggompertz_nbd", "bg_cnbd", "mbg_cnbd", "bg_bb"
]
_ClassWeight: TypeAlias = Literal["balanced"] | dict[int, float] | None
_Estimator = TypeVar("_Estimator", bound=Estimator)
_Regression = TypeVar("_Regression", bound=SurvivalRegression)
_ScalingName: TypeAlias = Literal["none", "standard", "robust", "log", "yeo-johnson"]
_Scaling: TypeAlias = _ScalingName | dict[str, _ScalingName]

class _Arraylike(Protocol):
    def __array__(self, *args: Any, **kwargs: Any) -> npt.NDArray[Any]: ...

class _Items(Protocol):
    def items(self) -> Iterable[tuple[Any, Any]]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...

_Table: TypeAlias = _ArrowStream | _ArrowArray | dict[str, Any]

class _LazyFrame(Protocol):
    def collect_schema(self) -> Any: ...

class _Dataset(Protocol):
    def scanner(self, *args: Any, **kwargs: Any) -> Any: ...

class _Scanner(Protocol):
    def to_reader(self) -> Any: ...

_Source: TypeAlias = _Table | _LazyFrame | _Dataset | _Scanner

class CpmError(ValueError): ...

class DataError(CpmError):
    column: str | None
    row: int | None
    value: str | None

class FitError(CpmError): ...

@disjoint_base
class Table:
    @property
    def columns(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def __contains__(self, name: str, /) -> bool: ...
    def __getitem__(self, name: str, /) -> Any: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_pandas(self) -> Any: ...
    def to_polars(self) -> Any: ...
    def to_pyarrow(self) -> Any: ...
    def write_csv(self, path: _Path) -> None: ...
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...
    def __arrow_c_schema__(self) -> Any: ...
    def _repr_html_(self) -> str: ...

@final
class RowIssue:
    @property
    def origin(self) -> str: ...
    @property
    def line(self) -> int | None: ...
    @property
    def row(self) -> int | None: ...
    @property
    def column(self) -> str | None: ...
    @property
    def value(self) -> str: ...
    @property
    def reason(self) -> str: ...
    def to_dict(self) -> dict[str, Any]: ...

@final
class QualityReport:
    @property
    def origins(self) -> list[str]: ...
    @property
    def rows_read(self) -> int: ...
    @property
    def rows_kept(self) -> int: ...
    @property
    def rows_excluded(self) -> int: ...
    @property
    def excluded(self) -> dict[str, int]: ...
    @property
    def examples(self) -> list[RowIssue]: ...
    @property
    def rows_sharing_a_day(self) -> int: ...
    @property
    def zero_amounts(self) -> int: ...
    @property
    def negative_amounts(self) -> int: ...
    @property
    def customers(self) -> int: ...
    @property
    def one_time_buyers(self) -> int: ...
    @property
    def period(self) -> tuple[str, str] | None: ...
    @property
    def total_amount(self) -> float: ...
    @property
    def one_time_share(self) -> float: ...
    @property
    def days_without_rows(self) -> int: ...
    @property
    def longest_gap(self) -> tuple[str, str] | None: ...
    @property
    def outliers(self) -> int | None: ...
    @property
    def outliers_above(self) -> float | None: ...
    @property
    def alias_rows(self) -> int: ...
    @property
    def aliases_found(self) -> int: ...
    @property
    def currencies(self) -> dict[str, int]: ...
    @property
    def rows_without_cost(self) -> int: ...
    def to_table(self) -> Table: ...
    def to_dict(self) -> dict[str, Any]: ...
    def _repr_html_(self) -> str: ...

@final
class TransactionLog:
    @staticmethod
    def read(
        paths: _Path | Sequence[_Path],
        *,
        customer: _ColumnName,
        date: _ColumnName,
        amount: _ColumnName | None = None,
        order: _ColumnName | None = None,
        quantity: _ColumnName | None = None,
        unit_price: _ColumnName | None = None,
        cost: _ColumnName | None = None,
        currency: _ColumnName | None = None,
        exchange_rates: dict[str, float] | None = None,
        product: _ColumnName | None = None,
        channel: _ColumnName | None = None,
        attributes: _ColumnName | Sequence[_ColumnName] | None = None,
        aliases: _Aliases | None = None,
        start: _Date | None = None,
        end: _Date | None = None,
        date_format: str | None = None,
        time_zone: str | tzinfo | None = None,
        on_error: _OnError = "raise",
        returns: _Returns = "error",
        zero_amounts: _ZeroAmounts = "keep",
        duplicates: _Duplicates = "keep",
        future: _FutureDates = "error",
        flag_outliers: float | None = None,
        delimiter: str | None = None,
        decimal: str = ".",
        quote: str | None = '"',
        header: bool = True,
        encoding: str = "utf-8",
        null_values: Sequence[str] | None = None,
        progress: _Progress = None,
    ) -> TransactionLog: ...
    @staticmethod
    def from_table(
        table: _Source,
        *,
        customer: _ColumnName,
        date: _ColumnName,
        amount: _ColumnName | None = None,
        order: _ColumnName | None = None,
        quantity: _ColumnName | None = None,
        unit_price: _ColumnName | None = None,
        cost: _ColumnName | None = None,
        currency: _ColumnName | None = None,
        exchange_rates: dict[str, float] | None = None,
        product: _ColumnName | None = None,
        channel: _ColumnName | None = None,
        attributes: _ColumnName | Sequence[_ColumnName] | None = None,
        aliases: _Aliases | None = None,
        start: _Date | None = None,
        end: _Date | None = None,
        date_format: str | None = None,
        time_zone: str | tzinfo | None = None,
        on_error: _OnError = "raise",
        returns: _Returns = "error",
        zero_amounts: _ZeroAmounts = "keep",
        duplicates: _Duplicates = "keep",
        future: _FutureDates = "error",
        flag_outliers: float | None = None,
        progress: _Progress = None,
    ) -> TransactionLog: ...
    @property
    def quality(self) -> QualityReport: ...
    @property
    def customers(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def period(self) -> tuple[str, str]: ...
    @property
    def time_zone(self) -> str | None: ...
    def _repr_html_(self) -> str: ...
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...
    @staticmethod
    def _from_bytes(state: bytes) -> TransactionLog: ...
    def __len__(self) -> int: ...
    def to_table(self) -> Table: ...
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...
    def summarize(
        self,
        as_of: _Date | None = None,
        time_unit: _TimeUnit = "week",
        merge_within: _MergeWithin = "day",
    ) -> CustomerSummary: ...
    def split(
        self,
        calibration_end: _Date,
        observation_end: _Date | None = None,
        time_unit: _TimeUnit = "week",
        merge_within: _MergeWithin = "day",
    ) -> tuple[CustomerSummary, Holdout]: ...
    def rolling_splits(
        self,
        horizon: float,
        origins: int | Sequence[_Date] | None = None,
        step: float | None = None,
        observation_end: _Date | None = None,
        time_unit: _TimeUnit = "week",
        merge_within: _MergeWithin = "day",
    ) -> RollingSplits: ...

@final
class RollingSplits:
    @property
    def origins(self) -> list[str]: ...
    def to_table(self) -> Table: ...
    def customers(self) -> Table: ...
    def __len__(self) -> int: ...
    def __getitem__(self, key: int, /) -> tuple[CustomerSummary, Holdout]: ...

@final
class SummaryBuilder:
    def __new__(
        cls,
        customer: _ColumnName,
        date: _ColumnName,
        amount: _ColumnName | None = None,
        *,
        as_of: _Date | None = None,
        time_unit: _TimeUnit = "week",
        merge_within: _MergeWithin = "day",
        order: _ColumnName | None = None,
        quantity: _ColumnName | None = None,
        unit_price: _ColumnName | None = None,
        cost: _ColumnName | None = None,
        currency: _ColumnName | None = None,
        exchange_rates: dict[str, float] | None = None,
        product: _ColumnName | None = None,
        channel: _ColumnName | None = None,
        attributes: _ColumnName | Sequence[_ColumnName] | None = None,
        aliases: _Aliases | None = None,
        start: _Date | None = None,
        end: _Date | None = None,
        date_format: str | None = None,
        time_zone: str | tzinfo | None = None,
        on_error: _OnError = "raise",
        returns: _Returns = "error",
        zero_amounts: _ZeroAmounts = "keep",
        duplicates: _Duplicates = "keep",
        future: _FutureDates = "error",
        flag_outliers: float | None = None,
        delimiter: str | None = None,
        decimal: str = ".",
        quote: str | None = '"',
        header: bool = True,
        encoding: str = "utf-8",
        null_values: Sequence[str] | None = None,
    ) -> SummaryBuilder: ...
    def read(self, paths: _Path | Sequence[_Path], *, progress: _Progress = None) -> None: ...
    def add_table(self, table: _Source, *, progress: _Progress = None) -> None: ...
    def merge(self, other: SummaryBuilder) -> None: ...
    def save(self, path: _Path) -> None: ...
    @staticmethod
    def load(path: _Path) -> SummaryBuilder: ...
    def forget(self, customer_id: str | int) -> int: ...
    @staticmethod
    def _from_bytes(state: bytes) -> SummaryBuilder: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def finish(self, as_of: _Date | None = None) -> CustomerSummary: ...
    def finish_log(self) -> TransactionLog: ...
    @property
    def rows_read(self) -> int: ...
    @property
    def rows_kept(self) -> int: ...
    @property
    def customers(self) -> int: ...

@final
class CustomerSummary:
    def __new__(
        cls,
        frequency: _Column,
        recency: _Column,
        T: _Column,
        monetary_value: _Column | None = None,
        customer_id: _Column | None = None,
        time_unit: _TimeUnit = "week",
        covariates: _Table | None = None,
        ln_gaps: _Column | None = None,
    ) -> CustomerSummary: ...
    def with_covariates(self, table: _Table, columns: Sequence[str] | None = None) -> CustomerSummary: ...
    def with_covariates_of(self, other: CustomerSummary) -> CustomerSummary: ...
    @property
    def covariates(self) -> list[str] | None: ...
    @property
    def ln_gaps(self) -> _Floats | None: ...
    @property
    def frequency(self) -> _Floats: ...
    @property
    def recency(self) -> _Floats: ...
    @property
    def T(self) -> _Floats: ...
    @property
    def monetary_value(self) -> _Floats | None: ...
    @property
    def customer_id(self) -> _Ids: ...
    @property
    def days_since_last(self) -> _Floats: ...
    @property
    def first_purchase(self) -> npt.NDArray[np.datetime64] | None: ...
    @property
    def last_purchase(self) -> npt.NDArray[np.datetime64] | None: ...
    @property
    def first_amount(self) -> _Floats | None: ...
    @property
    def total_amount(self) -> _Floats | None: ...
    @property
    def orders(self) -> npt.NDArray[np.int64] | None: ...
    @property
    def total_profit(self) -> _Floats | None: ...
    @property
    def mean_profit(self) -> _Floats | None: ...
    @property
    def attributes(self) -> dict[str, list[str | None]]: ...
    @property
    def time_unit(self) -> _TimeUnit: ...
    @property
    def quality(self) -> SummaryQuality | None: ...
    def to_table(self) -> Table: ...
    def _repr_html_(self) -> str: ...
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...
    @staticmethod
    def _from_bytes(state: bytes) -> CustomerSummary: ...
    def __len__(self) -> int: ...

@final
class SummaryQuality:
    @property
    def as_of(self) -> str: ...
    @property
    def as_of_given(self) -> bool: ...
    @property
    def rows(self) -> int: ...
    @property
    def rows_after_as_of(self) -> int: ...
    @property
    def rows_merged(self) -> int: ...
    @property
    def periods_cancelled(self) -> int: ...
    @property
    def customers_after_as_of(self) -> int: ...
    @property
    def customers_cancelled(self) -> int: ...
    def to_dict(self) -> dict[str, Any]: ...

@final
class Holdout:
    @property
    def purchases(self) -> _Floats: ...
    @property
    def amount(self) -> _Floats: ...
    @property
    def duration(self) -> float: ...
    @property
    def start(self) -> str: ...
    @property
    def end(self) -> str: ...
    @property
    def customers_born_after(self) -> int: ...
    @property
    def purchases_born_after(self) -> int: ...
    @property
    def rows_between(self) -> int: ...
    def __len__(self) -> int: ...

@final
class Convergence:
    @property
    def converged(self) -> bool: ...
    @property
    def iterations(self) -> int: ...
    @property
    def gradient_norm(self) -> float: ...
    @property
    def condition_number(self) -> float | None: ...
    @property
    def at_boundary(self) -> list[str]: ...
    @property
    def flat_direction(self) -> str | None: ...
    @property
    def chosen(self) -> int: ...
    @property
    def log_prior(self) -> float: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def customers(self) -> float: ...
    @property
    def distinct(self) -> int: ...

class _NewCustomer(TypedDict):
    expected_purchases: float
    expected_purchases_low: float
    expected_purchases_high: float
    purchases_low: float
    purchases_high: float

class Model(Estimator):
    @property
    def params(self) -> dict[str, float]: ...
    @property
    def log_likelihood(self) -> float | None: ...
    @property
    def standard_errors(self) -> dict[str, float | None] | None: ...
    @property
    def covariance_log(self) -> _Floats | None: ...
    @property
    def aic(self) -> float | None: ...
    @property
    def bic(self) -> float | None: ...
    @property
    def convergence(self) -> Convergence | None: ...

class PurchaseModel(Model):
    def log_likelihood_per_customer(self, customers: CustomerSummary) -> _Floats: ...
    def probability_alive(self, customers: CustomerSummary) -> _Floats: ...
    def probability_alive_after(self, customers: CustomerSummary, horizon: float) -> _Floats: ...
    def expected_purchases(self, customers: CustomerSummary, horizon: float) -> _Floats: ...
    def expected_purchases_new_customer(self, horizon: float, count_first: bool = False) -> float: ...
    def purchase_probabilities_new_customer(self, horizon: float, count_first: bool = False) -> _Floats: ...
    def expected_purchases_between(self, customers: CustomerSummary, start: float, end: float) -> _Floats: ...
    def probability_of_purchases(self, customers: CustomerSummary, n: int, horizon: float) -> _Floats: ...
    def next_purchase_quantile(self, customers: CustomerSummary, probability: float = 0.5) -> _Floats: ...
    def next_purchase(self, customers: CustomerSummary, level: float = 0.95) -> Table: ...
    def discounted_residual_transactions(
        self, customers: CustomerSummary, discount_rate: float, horizon: float | None = None
    ) -> _Floats: ...
    def track(self, customers: CustomerSummary, periods: int, length: float = 1.0, level: float = 0.95) -> Table: ...
    def simulate_future(self, customers: CustomerSummary, horizon: float, seed: int = 0) -> Table: ...
    def probability_no_purchase(self, customers: CustomerSummary, horizon: float) -> _Floats: ...
    def predict(self, customers: CustomerSummary, horizon: float, level: float = 0.95) -> Table: ...
    def predict_new_customer(self, horizon: float, level: float = 0.95) -> _NewCustomer: ...

@final
class BgNbd(PurchaseModel):
    def __new__(cls) -> BgNbd: ...
    @staticmethod
    def from_params(*, r: float, alpha: float, a: float, b: float) -> BgNbd: ...
    def fit(
        self,
        customers: CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> BgNbd: ...
    def simulate(
        self,
        spend: GammaGamma,
        *,
        customers: int,
        start: _Date,
        end: _Date,
        acquired_over: float = 0.0,
        time_unit: _TimeUnit = "week",
        seed: int = 0,
    ) -> TransactionLog: ...

@final
class MbgNbd(PurchaseModel):
    def __new__(cls) -> MbgNbd: ...
    @staticmethod
    def from_params(*, r: float, alpha: float, a: float, b: float) -> MbgNbd: ...
    def fit(
        self,
        customers: CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> MbgNbd: ...
    def simulate(
        self,
        spend: GammaGamma,
        *,
        customers: int,
        start: _Date,
        end: _Date,
        acquired_over: float = 0.0,
        time_unit: _TimeUnit = "week",
        seed: int = 0,
    ) -> TransactionLog: ...

@final
class Nbd(PurchaseModel):
    def __new__(cls) -> Nbd: ...
    @staticmethod
    def from_params(*, r: float, alpha: float) -> Nbd: ...
    def fit(
        self,
        customers: CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> Nbd: ...
    def simulate(
        self,
        spend: GammaGamma,
        *,
        customers: int,
        start: _Date,
        end: _Date,
        acquired_over: float = 0.0,
        time_unit: _TimeUnit = "week",
        seed: int = 0,
    ) -> TransactionLog: ...

@final
class ParetoNbd(PurchaseModel):
    def __new__(cls) -> ParetoNbd: ...
    @staticmethod
    def from_params(*, r: float, alpha: float, s: float, beta: float) -> ParetoNbd: ...
    def fit(
        self,
        customers: CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> ParetoNbd: ...
    def simulate(
        self,
        spend: GammaGamma,
        *,
        customers: int,
        start: _Date,
        end: _Date,
        acquired_over: float = 0.0,
        time_unit: _TimeUnit = "week",
        seed: int = 0,
    ) -> TransactionLog: ...

@final
class Prior:
    @staticmethod
    def gamma(*, shape: float, rate: float) -> Prior: ...
    @staticmethod
    def log_normal(*, median: float, sigma: float) -> Prior: ...
    @staticmethod
    def half_normal(*, sigma: float) -> Prior: ...
    @staticmethod
    def weibull(*, shape: float, scale: float) -> Prior: ...
    @staticmethod
    def normal(*, mean: float, sigma: float) -> Prior: ...
    def ln_pdf(self, value: float) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class CovariateModel(PurchaseModel):
    def __new__(
        cls,
        base: Literal["bg_nbd", "mbg_nbd", "pareto_nbd"] = "bg_nbd",
        *,
        purchase: Sequence[str] | None = None,
        dropout: Sequence[str] | None = None,
        equal: Sequence[str] = ...,
        penalty: float = 0.0,
        dropout_penalty: float | None = None,
        separate_dropout: bool = False,
    ) -> CovariateModel: ...
    def fit(
        self,
        customers: CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
    ) -> CovariateModel: ...
    def summary(self, level: float = 0.95) -> Table: ...
    def new_customers(self, table: _Table) -> CustomerSummary: ...
    def parameters_of(self, table: _Table) -> Table: ...
    def expected_purchases_new_customers(self, table: _Table, horizon: float, count_first: bool = False) -> _Floats: ...

@final
class GGompertzNbd(PurchaseModel):
    def __new__(cls) -> GGompertzNbd: ...
    @staticmethod
    def from_params(*, r: float, alpha: float, b: float, s: float, beta: float) -> GGompertzNbd: ...
    def fit(
        self,
        customers: CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> GGompertzNbd: ...
    def simulate(
        self,
        spend: GammaGamma,
        *,
        customers: int,
        start: _Date,
        end: _Date,
        acquired_over: float = 0.0,
        time_unit: _TimeUnit = "week",
        seed: int = 0,
    ) -> TransactionLog: ...

@final
class BgCnbd(PurchaseModel):
    def __new__(cls) -> BgCnbd: ...
    @staticmethod
    def from_params(*, k: int, r: float, alpha: float, a: float, b: float) -> BgCnbd: ...
    def fit(
        self,
        customers: CustomerSummary,
        k: int | None = None,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> BgCnbd: ...
    @property
    def k(self) -> int: ...
    def simulate(
        self,
        spend: GammaGamma,
        *,
        customers: int,
        start: _Date,
        end: _Date,
        acquired_over: float = 0.0,
        time_unit: _TimeUnit = "week",
        seed: int = 0,
    ) -> TransactionLog: ...

@final
class MbgCnbd(PurchaseModel):
    def __new__(cls) -> MbgCnbd: ...
    @staticmethod
    def from_params(*, k: int, r: float, alpha: float, a: float, b: float) -> MbgCnbd: ...
    def fit(
        self,
        customers: CustomerSummary,
        k: int | None = None,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> MbgCnbd: ...
    @property
    def k(self) -> int: ...
    def simulate(
        self,
        spend: GammaGamma,
        *,
        customers: int,
        start: _Date,
        end: _Date,
        acquired_over: float = 0.0,
        time_unit: _TimeUnit = "week",
        seed: int = 0,
    ) -> TransactionLog: ...

@final
class ShiftedBetaGeometricWithCovariates(Model):
    def __new__(
        cls,
        columns: Sequence[str] | None = None,
        *,
        equal: Sequence[str] = ...,
        penalty: float = 0.0,
        separate_dropout: bool = False,
    ) -> ShiftedBetaGeometricWithCovariates: ...
    def fit(
        self,
        renewals: Renewals | _Column,
        active: _Column | None = None,
        table: _Table | None = None,
        weights: _Column | None = None,
        max_iterations: int | None = None,
        start: _Column | None = None,
        priors: dict[str, Prior] | None = None,
    ) -> ShiftedBetaGeometricWithCovariates: ...
    def summary(self, level: float = 0.95) -> Table: ...
    def of(self, table: _Table, row: int = 0) -> ShiftedBetaGeometric: ...
    def parameters_of(self, table: _Table) -> Table: ...
    def survival_of_customers(self, renewals: _Column, table: _Table, horizon: int, level: float = 0.95) -> Table: ...
    def residual_value(
        self,
        renewals: _Column,
        table: _Table,
        margin: float,
        discount_rate: float,
        until_next_renewal: float = 1.0,
        horizon: int | None = None,
        groups: _Column | None = None,
        level: float = 0.95,
    ) -> ContractValue: ...
    def cash_flows(
        self,
        renewals: _Column,
        table: _Table,
        margin: float,
        discount_rate: float,
        horizon: int,
        until_next_renewal: float = 1.0,
        level: float = 0.95,
    ) -> Table: ...
    def discounted_expected_residual_lifetime(
        self, renewals: _Column, table: _Table, discount_rate: float, level: float = 0.95
    ) -> Table: ...

@final
class IndependenceTest:
    def __new__(cls, customers: CustomerSummary, level: float = 0.95) -> IndependenceTest: ...
    @property
    def customers(self) -> int: ...
    @property
    def pearson(self) -> Estimate: ...
    @property
    def pearson_p(self) -> float: ...
    @property
    def spearman(self) -> Estimate: ...
    @property
    def spearman_p(self) -> float: ...
    @property
    def spend_ratio(self) -> float: ...
    @property
    def by_frequency(self) -> Table: ...
    @property
    def warning(self) -> str | None: ...

def likelihood_ratio_test(restricted: Model, full: Model) -> TestResult: ...

@final
class GammaGamma(Model):
    def __new__(cls) -> GammaGamma: ...
    @staticmethod
    def from_params(*, p: float, q: float, v: float) -> GammaGamma: ...
    def fit(
        self,
        customers: CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        mean_sigma: float | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> GammaGamma: ...
    @property
    def excluded(self) -> int: ...
    @property
    def population_mean(self) -> float: ...
    def expected_spend(self, customers: CustomerSummary) -> _Floats: ...
    def log_likelihood_per_customer(self, customers: CustomerSummary) -> _Floats: ...

@final
class Estimate:
    def __new__(cls, value: float, low: float, high: float) -> Estimate: ...
    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    def __iter__(self) -> Iterator[float]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class LifetimeValue(Table):
    @property
    def total(self) -> Estimate: ...
    @property
    def level(self) -> float: ...
    def to_table(self) -> Table: ...

@final
class Renewals:
    @staticmethod
    def from_cohorts(cohorts: Sequence[_Column], observed_from: _Column | None = None) -> Renewals: ...
    @staticmethod
    def from_percent(shares: _Column, customers: float, observed_from: int = 0) -> Renewals: ...
    @staticmethod
    def from_customers(
        renewals: _Column, active: _Column, weights: _Column | None = None, covariates: _Table | None = None
    ) -> Renewals: ...
    def merge(self, other: Renewals) -> Renewals: ...
    @property
    def customers(self) -> float: ...
    @property
    def without_opportunity(self) -> float: ...
    @property
    def by_period(self) -> Table: ...

class ContractualModel(Model):
    def simulate(self, customers: int, opportunities: int, renewals: int = 0, seed: int = 0) -> Renewals: ...
    def simulate_future(self, renewals: _Column, horizon: int, seed: int = 0) -> Table: ...
    def retention_rate(self, period: int, level: float = 0.95) -> Estimate: ...
    def churn_probability(self, period: int, level: float = 0.95) -> Estimate: ...
    def survival(self, renewals: int, level: float = 0.95) -> Estimate: ...
    def survival_of_active(self, renewals: int, horizon: int, level: float = 0.95) -> Estimate: ...
    def survival_of_customers(self, renewals: _Column, horizon: int, level: float = 0.95) -> Table: ...
    def curve(self, periods: int, level: float = 0.95) -> Table: ...
    def expected_lifetime(self, horizon: int, level: float = 0.95) -> Estimate: ...
    def expected_total_lifetime(self, level: float = 0.95) -> Estimate | None: ...
    def expected_renewals(self, renewals: int, horizon: int, level: float = 0.95) -> Estimate: ...
    def discounted_expected_lifetime(self, discount_rate: float, level: float = 0.95) -> Estimate: ...
    def discounted_expected_residual_lifetime(
        self, renewals: int, discount_rate: float, level: float = 0.95
    ) -> Estimate: ...
    def retention_elasticity(self, renewals: int, discount_rate: float, level: float = 0.95) -> Estimate: ...
    def lifetime_value(
        self, margin: float, discount_rate: float, horizon: int | None = None, level: float = 0.95
    ) -> Estimate: ...
    def residual_value(
        self,
        renewals: _Column,
        margin: float,
        discount_rate: float,
        until_next_renewal: float = 1.0,
        horizon: int | None = None,
        groups: _Column | None = None,
        level: float = 0.95,
    ) -> ContractValue: ...
    def cash_flows(
        self,
        renewals: _Column,
        margin: float,
        discount_rate: float,
        horizon: int,
        until_next_renewal: float = 1.0,
        level: float = 0.95,
    ) -> Table: ...

@final
class ShiftedBetaGeometric(ContractualModel):
    def __new__(cls) -> ShiftedBetaGeometric: ...
    @staticmethod
    def from_params(*, alpha: float, beta: float) -> ShiftedBetaGeometric: ...
    def fit(
        self,
        renewals: Renewals,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> ShiftedBetaGeometric: ...

@final
class BetaDiscreteWeibull(ContractualModel):
    def __new__(cls) -> BetaDiscreteWeibull: ...
    @staticmethod
    def from_params(*, gamma: float, delta: float, c: float) -> BetaDiscreteWeibull: ...
    def fit(
        self,
        renewals: Renewals,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> BetaDiscreteWeibull: ...

@final
class ContractValue(Table):
    @property
    def total(self) -> Estimate: ...
    @property
    def groups(self) -> Table: ...
    @property
    def level(self) -> float: ...
    def to_table(self) -> Table: ...

@final
class OpportunityHistories:
    def __new__(
        cls, frequency: _Column, last_opportunity: _Column, opportunities: _Column, weights: _Column | None = None
    ) -> OpportunityHistories: ...
    @property
    def customers(self) -> float: ...
    def to_summary(self, time_unit: _TimeUnit = "year") -> CustomerSummary: ...
    def __len__(self) -> int: ...

@final
class BgBb(PurchaseModel):
    def __new__(cls) -> BgBb: ...
    @staticmethod
    def from_params(*, alpha: float, beta: float, gamma: float, delta: float) -> BgBb: ...
    def fit(
        self,
        customers: OpportunityHistories | CustomerSummary,
        weights: _Column | None = None,
        start: _Column | None = None,
        max_iterations: int | None = None,
        priors: dict[str, Prior] | None = None,
        penalty: float = 0.0,
    ) -> BgBb: ...
    def simulate(self, customers: int, opportunities: int, seed: int = 0) -> OpportunityHistories: ...
    def expected_purchases_between(
        self, customers: OpportunityHistories | CustomerSummary, start: float, end: float
    ) -> _Floats: ...
    def probability_of_purchases(
        self, customers: OpportunityHistories | CustomerSummary, n: int, horizon: float
    ) -> _Floats: ...
    def next_purchase_quantile(
        self, customers: OpportunityHistories | CustomerSummary, probability: float = 0.5
    ) -> _Floats: ...
    def next_purchase(self, customers: OpportunityHistories | CustomerSummary, level: float = 0.95) -> Table: ...
    def track(
        self,
        customers: OpportunityHistories | CustomerSummary,
        periods: int,
        length: float = 1.0,
        level: float = 0.95,
    ) -> Table: ...
    def simulate_future(
        self, customers: OpportunityHistories | CustomerSummary, horizon: float, seed: int = 0
    ) -> Table: ...
    def log_likelihood_per_customer(self, customers: OpportunityHistories | CustomerSummary) -> _Floats: ...
    def probability_alive(self, customers: OpportunityHistories | CustomerSummary) -> _Floats: ...
    def probability_alive_after(self, customers: OpportunityHistories | CustomerSummary, horizon: float) -> _Floats: ...
    def expected_purchases(self, customers: OpportunityHistories | CustomerSummary, horizon: float) -> _Floats: ...
    def probability_no_purchase(self, customers: OpportunityHistories | CustomerSummary, horizon: float) -> _Floats: ...
    def purchase_probabilities(
        self, frequency: int, last_opportunity: int, opportunities: int, horizon: int
    ) -> _Floats: ...
    def expected_purchases_new_customer(self, horizon: float, count_first: bool = False) -> float: ...
    def purchase_probabilities_new_customer(self, horizon: float, count_first: bool = False) -> _Floats: ...
    def discounted_residual_transactions(
        self,
        customers: OpportunityHistories | CustomerSummary,
        discount_rate: float,
        horizon: float | None = None,
    ) -> _Floats: ...
    def predict(
        self, customers: OpportunityHistories | CustomerSummary, horizon: float, level: float = 0.95
    ) -> OpportunityPrediction: ...

@final
class OpportunityPrediction(Table):
    @property
    def total(self) -> Estimate: ...
    @property
    def horizon(self) -> int: ...
    @property
    def level(self) -> float: ...
    def to_table(self) -> Table: ...

@final
class HoldoutCheck:
    @property
    def by_frequency(self) -> Table: ...
    @property
    def tracking(self) -> Table: ...
    @property
    def start(self) -> str: ...
    @property
    def end(self) -> str: ...
    @property
    def duration(self) -> float: ...
    @property
    def time_unit(self) -> _TimeUnit: ...
    @property
    def customers(self) -> int: ...
    @property
    def customers_born_after(self) -> int: ...
    @property
    def actual_total(self) -> float: ...
    @property
    def expected_total(self) -> Estimate: ...
    @property
    def level(self) -> float: ...

@final
class Segments(Table):
    @property
    def names(self) -> list[str]: ...
    @property
    def counts(self) -> dict[str, int]: ...
    def to_table(self) -> Table: ...

@final
class ChurnScores(Table):
    @property
    def expected_without_purchase(self) -> Estimate: ...
    @property
    def share_without_purchase(self) -> Estimate: ...
    @property
    def expected_alive(self) -> Estimate: ...
    @property
    def share_alive(self) -> Estimate: ...
    @property
    def expected_attrition(self) -> Estimate: ...
    @property
    def attrition_rate(self) -> Estimate: ...
    @property
    def horizon(self) -> float: ...
    @property
    def level(self) -> float: ...
    def to_table(self) -> Table: ...

@final
class EventLog:
    @staticmethod
    def from_table(
        table: _Table,
        *,
        customer: str,
        date: str,
        value: str | None = None,
        category: str | None = None,
        date_format: str | None = None,
        on_error: _OnError = "raise",
    ) -> EventLog: ...
    @property
    def rows_excluded(self) -> int: ...
    def __len__(self) -> int: ...

@final
class ChurnFeatures(Table):
    @property
    def names(self) -> list[str]: ...
    @property
    def label(self) -> npt.NDArray[np.int64] | None: ...
    @property
    def unmatched_events(self) -> dict[str, int]: ...
    def to_table(self) -> Table: ...

def churn_features(
    log: TransactionLog,
    as_of: _Date | list[_Date] | list[str] | tuple[_Date, ...],
    horizon: float,
    *,
    events: dict[str, EventLog] | None = None,
    attributes: Any = None,
    windows: _Column | None = None,
    time_unit: _TimeUnit = "week",
    merge_within: _MergeWithin = "day",
    observed_until: _Date | None = None,
    label: bool = True,
    calendar: bool = False,
) -> ChurnFeatures: ...

@final
class PurchaseRhythm(Estimator):
    def __new__(cls) -> PurchaseRhythm: ...
    @staticmethod
    def from_params(
        *, shape: int, r: float, alpha: float, dropout: float, time_unit: _TimeUnit = "week"
    ) -> PurchaseRhythm: ...
    def fit(
        self,
        log: TransactionLog,
        as_of: _Date | None = None,
        time_unit: _TimeUnit = "week",
        merge_within: _MergeWithin = "day",
    ) -> PurchaseRhythm: ...
    def fit_summary(self, customers: CustomerSummary) -> PurchaseRhythm: ...
    @property
    def shape(self) -> int: ...
    @property
    def params(self) -> dict[str, float]: ...
    def summary(self, level: float = 0.95) -> Table: ...
    @property
    def log_likelihood(self) -> float | None: ...
    @property
    def time_unit(self) -> _TimeUnit: ...
    def wheat_morrison(self, level: float = 0.95) -> Estimate | None: ...
    def gap_quantile(self, customers: CustomerSummary, quantile: float) -> _Floats: ...
    def overdue_probability(self, customers: CustomerSummary) -> _Floats: ...
    def probability_alive(self, customers: CustomerSummary) -> _Floats: ...

@final
class ChurnRisk(Table):
    @property
    def reasons(self) -> dict[str, int]: ...
    @property
    def rhythm(self) -> PurchaseRhythm: ...
    @property
    def horizon(self) -> float: ...
    @property
    def level(self) -> float: ...
    def all_reasons(self, customer: str | int) -> list[str]: ...
    def explain(self, customer: str | int) -> str: ...
    def to_table(self) -> Table: ...

def churn_risk(
    log: TransactionLog,
    model: PurchaseModel,
    horizon: float,
    *,
    as_of: _Date | None = None,
    time_unit: _TimeUnit = "week",
    merge_within: _MergeWithin = "day",
    window: float | None = None,
    overdue_quantile: float = 0.9,
    decline: float = 0.9,
    level: float = 0.95,
) -> ChurnRisk: ...

@final
class SurvivalData:
    def __new__(
        cls, durations: _Column, events: _Column, entry: _Column | None = None, weights: _Column | None = None
    ) -> SurvivalData: ...
    @property
    def durations(self) -> _Floats: ...
    @property
    def events(self) -> npt.NDArray[np.bool_]: ...
    @property
    def entry(self) -> _Floats | None: ...
    @property
    def weights(self) -> _Floats | None: ...
    @property
    def events_observed(self) -> float: ...
    def __len__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class QuantileEstimate:
    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    def __iter__(self) -> Iterator[float | None]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class TestResult:
    @property
    def statistic(self) -> float: ...
    @property
    def degrees_of_freedom(self) -> int: ...
    @property
    def p_value(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class KaplanMeier(Estimator):
    def __new__(cls, level: float = 0.95, interval_scale: _IntervalScale = "log-log") -> KaplanMeier: ...
    def fit(self, data: SurvivalData) -> KaplanMeier: ...
    @property
    def level(self) -> float: ...
    @property
    def interval_scale(self) -> _IntervalScale: ...
    def survival_at(self, times: _Column) -> Table: ...
    @property
    def median(self) -> QuantileEstimate: ...
    def quantile(self, probability: float) -> QuantileEstimate: ...
    def restricted_mean(self, horizon: float) -> Estimate: ...
    def to_table(self) -> Table: ...
    def set_params(self, **params: Any) -> KaplanMeier: ...

@final
class NelsonAalen(Estimator):
    def __new__(cls, level: float = 0.95) -> NelsonAalen: ...
    def fit(self, data: SurvivalData) -> NelsonAalen: ...
    @property
    def level(self) -> float: ...
    def cumulative_hazard_at(self, times: _Column) -> Table: ...
    def to_table(self) -> Table: ...
    def set_params(self, **params: Any) -> NelsonAalen: ...

class SurvivalRegression(Estimator):
    def set_params(self: _Regression, **params: Any) -> _Regression: ...
    @property
    def names(self) -> list[str]: ...
    def summary(self, level: float = 0.95) -> Table: ...
    @property
    def log_likelihood(self) -> float: ...
    @property
    def log_likelihood_null(self) -> float: ...
    @property
    def aic(self) -> float: ...
    @property
    def likelihood_ratio_test(self) -> TestResult: ...
    @property
    def events(self) -> float: ...
    @property
    def iterations(self) -> int: ...

@final
class Aft(SurvivalRegression):
    def __new__(cls, distribution: _Distribution = "weibull") -> Aft: ...
    def fit(
        self,
        X: _Covariates,
        data: SurvivalData,
        names: list[str] | None = None,
        max_iterations: int | None = None,
    ) -> Aft: ...
    @property
    def distribution(self) -> _Distribution: ...
    @property
    def params(self) -> dict[str, float]: ...
    @property
    def standard_errors(self) -> dict[str, float]: ...
    @property
    def covariance(self) -> _Floats: ...
    @property
    def sigma(self) -> float: ...
    @property
    def rows(self) -> float: ...
    def predict_median(self, X: _Covariates) -> _Floats: ...
    def predict_mean(self, X: _Covariates) -> _Floats: ...
    def predict_quantile(self, X: _Covariates, probability: float) -> _Floats: ...
    def predict_quantile_intervals(self, X: _Covariates, probability: float = 0.5, level: float = 0.95) -> Table: ...
    def predict_survival(self, X: _Covariates, times: _Column, conditional_after: _Column | None = None) -> _Floats: ...
    def predict_survival_intervals(
        self, X: _Covariates, times: _Column, conditional_after: _Column | None = None, level: float = 0.95
    ) -> Table: ...

@final
class DiscreteHazard(SurvivalRegression):
    def __new__(cls, link: _Link = "logit", breaks: _Column | None = None) -> DiscreteHazard: ...
    def fit(
        self,
        X: _Covariates,
        data: SurvivalData,
        names: list[str] | None = None,
        max_iterations: int | None = None,
    ) -> DiscreteHazard: ...
    @property
    def link(self) -> _Link: ...
    @property
    def breaks(self) -> list[int] | None: ...
    @property
    def params(self) -> dict[str, float]: ...
    @property
    def standard_errors(self) -> dict[str, float]: ...
    @property
    def baseline(self) -> Table: ...
    @property
    def person_periods(self) -> float: ...
    def predict_hazard(self, X: _Covariates, periods: _Column) -> _Floats: ...
    def predict_survival(
        self, X: _Covariates, periods: _Column, conditional_after: _Column | None = None
    ) -> _Floats: ...
    def predict_survival_intervals(
        self, X: _Covariates, periods: _Column, conditional_after: _Column | None = None, level: float = 0.95
    ) -> Table: ...

@final
class LogRankTest(Table):
    @property
    def statistic(self) -> float: ...
    @property
    def degrees_of_freedom(self) -> int: ...
    @property
    def p_value(self) -> float: ...
    def to_table(self) -> Table: ...

@final
class ProportionalHazardsTest(Table):
    @property
    def global_test(self) -> TestResult: ...
    def to_table(self) -> Table: ...

@final
class CoxPh(SurvivalRegression):
    def __new__(cls, ties: _Ties = "efron", penalty: float = 0.0, robust: bool = False) -> CoxPh: ...
    def fit(
        self,
        X: _Covariates,
        data: SurvivalData,
        names: Sequence[str] | None = None,
        strata: _Column | None = None,
        clusters: _Column | None = None,
        max_iterations: int | None = None,
    ) -> CoxPh: ...
    @property
    def ties(self) -> _Ties: ...
    @property
    def penalty(self) -> float: ...
    @property
    def robust(self) -> bool: ...
    @property
    def params(self) -> dict[str, float]: ...
    @property
    def standard_errors(self) -> dict[str, float]: ...
    @property
    def covariance(self) -> _Floats: ...
    @property
    def means(self) -> dict[str, float]: ...
    @property
    def wald_test(self) -> TestResult: ...
    @property
    def score_test(self) -> TestResult: ...
    @property
    def rows(self) -> float: ...
    @property
    def baseline(self) -> Table: ...
    def predict_log_partial_hazard(self, X: _Covariates) -> _Floats: ...
    def predict_partial_hazard(self, X: _Covariates) -> _Floats: ...
    def predict_survival(self, X: _Covariates, times: _Column, strata: _Column | None = None) -> _Floats: ...
    def predict_survival_intervals(
        self, X: _Covariates, times: _Column, strata: _Column | None = None, level: float = 0.95
    ) -> Table: ...
    def predict_median(self, X: _Covariates, strata: _Column | None = None) -> _Floats: ...
    def concordance(self, X: _Covariates, data: SurvivalData, strata: _Column | None = None) -> Concordance: ...
    def proportional_hazards_test(
        self,
        X: _Covariates,
        data: SurvivalData,
        strata: _Column | None = None,
        transform: _Transform = "kaplan-meier",
    ) -> ProportionalHazardsTest: ...
    def schoenfeld_residuals(self, X: _Covariates, data: SurvivalData, strata: _Column | None = None) -> Table: ...

@final
class Concordance:
    @property
    def index(self) -> float: ...
    @property
    def standard_error(self) -> float: ...
    @property
    def concordant(self) -> float: ...
    @property
    def discordant(self) -> float: ...
    @property
    def tied(self) -> float: ...
    def estimate(self, level: float = 0.95) -> Estimate: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class BrierScore(Table):
    @property
    def integrated(self) -> float: ...
    @property
    def integrated_standard_error(self) -> float: ...
    def integrated_estimate(self, level: float = 0.95) -> Estimate: ...
    def to_table(self) -> Table: ...

@final
class CumulativeDynamicAuc(Table):
    @property
    def mean(self) -> float: ...
    @property
    def mean_standard_error(self) -> float: ...
    def estimates(self, level: float = 0.95) -> list[Estimate]: ...
    def mean_estimate(self, level: float = 0.95) -> Estimate: ...
    def to_table(self) -> Table: ...

@disjoint_base
class Estimator:
    def save(self, path: _Path) -> None: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self: _Estimator, **params: Any) -> _Estimator: ...
    def __sklearn_is_fitted__(self) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __setstate__(self, state: tuple[dict[str, Any], str | None], /) -> None: ...

class ChurnModel(Estimator): ...

class BinaryClassifier(ChurnModel):
    def predict_proba(self, X: _Covariates) -> _Floats: ...
    def predict(self, X: _Covariates) -> npt.NDArray[np.int64]: ...
    def score(self, X: _Covariates, y: _Column) -> float: ...
    def contributions(self, X: _Covariates) -> Table: ...
    @property
    def classes_(self) -> npt.NDArray[np.int64]: ...
    @property
    def feature_names_in_(self) -> list[str]: ...
    @property
    def n_features_in_(self) -> int: ...
    def __sklearn_tags__(self) -> Any: ...

@final
class ChurnClassifier(BinaryClassifier):
    def __new__(
        cls,
        method: Literal["logistic", "boosting"] = "logistic",
        calibration: Literal["none", "platt", "isotonic", "beta"] = "none",
        penalty: float = 1.0,
        l1_ratio: float = 0.0,
        class_weight: _ClassWeight = None,
        unseen: Literal["error", "average"] = "error",
        folds: int = 5,
        seed: int = 0,
        trees: int = 200,
        learning_rate: float = 0.05,
        max_depth: int = 3,
        subsample: float = 1.0,
        columns_per_tree: float = 1.0,
    ) -> ChurnClassifier: ...
    def fit(
        self,
        X: _Covariates,
        y: _Column,
        sample_weight: _Column | None = None,
        times: _Column | None = None,
        gap: float = 0.0,
    ) -> ChurnClassifier: ...
    def cross_validate(
        self,
        X: _Covariates,
        y: _Column,
        sample_weight: _Column | None = None,
        times: _Column | None = None,
        gap: float = 0.0,
    ) -> _Floats: ...
    def reasons(self, X: _Covariates, count: int = 3) -> Table: ...
    def permutation_importance(
        self, X: _Covariates, y: _Column, shuffles: int = 5, seed: int = 0, level: float = 0.95
    ) -> Table: ...
    def coefficients(self, level: float = 0.95) -> Table: ...
    @property
    def baseline(self) -> float: ...

@final
class LogisticRegression(BinaryClassifier):
    def __new__(
        cls,
        penalty: float = 0.0,
        l1_ratio: float = 0.0,
        standardize: bool = True,
        class_weight: _ClassWeight = None,
        robust: bool = False,
        unseen: Literal["error", "average"] = "error",
        max_iterations: int = 100,
    ) -> LogisticRegression: ...
    def fit(self, X: _Covariates, y: _Column, sample_weight: _Column | None = None) -> LogisticRegression: ...
    def decision_function(self, X: _Covariates) -> _Floats: ...
    def summary(self, level: float = 0.95) -> Table: ...
    @property
    def params(self) -> dict[str, float]: ...
    @property
    def covariance(self) -> _Floats | None: ...
    @property
    def log_likelihood(self) -> float: ...
    @property
    def log_likelihood_null(self) -> float: ...
    @property
    def aic(self) -> float: ...
    @property
    def pseudo_r_squared(self) -> float: ...
    @property
    def likelihood_ratio_test(self) -> TestResult | None: ...
    @property
    def iterations(self) -> int: ...

@final
class Calibrator(ChurnModel):
    def __new__(cls, method: Literal["platt", "isotonic", "beta"] = "platt") -> Calibrator: ...
    def fit(self, y_true: _Column, y_prob: _Column, sample_weight: _Column | None = None) -> Calibrator: ...
    def predict(self, y_prob: _Column) -> _Floats: ...
    @property
    def curve(self) -> dict[str, Any]: ...

@final
class UpliftModel(ChurnModel):
    def __new__(
        cls,
        method: Literal["two_models", "transformed_outcome"] = "two_models",
        classifier: ChurnClassifier | None = None,
    ) -> UpliftModel: ...
    def fit(self, X: _Covariates, outcome: _Column, treated: _Column) -> UpliftModel: ...
    def predict(self, X: _Covariates) -> _Floats: ...
    def predict_both(self, X: _Covariates) -> _Floats: ...
    @property
    def average_effect(self) -> float: ...
    @property
    def treated_share(self) -> float: ...
    @property
    def feature_names_in_(self) -> list[str]: ...

def stratified_folds(
    y: _Column, folds: int = 5, seed: int = 0
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]: ...
def expanding_windows(
    times: _Column, folds: int = 5, gap: float = 0.0
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]: ...

@final
class BrierDecomposition:
    @property
    def score(self) -> float: ...
    @property
    def standard_error(self) -> float: ...
    @property
    def reliability(self) -> float: ...
    @property
    def resolution(self) -> float: ...
    @property
    def uncertainty(self) -> float: ...
    @property
    def within_bin_variance(self) -> float: ...
    @property
    def within_bin_covariance(self) -> float: ...
    @property
    def skill(self) -> float: ...
    def estimate(self, level: float = 0.95) -> Estimate: ...

@final
class SpiegelhalterTest:
    @property
    def z(self) -> float: ...
    @property
    def p_value(self) -> float: ...

@final
class CalibrationError:
    @property
    def expected(self) -> float: ...
    @property
    def maximum(self) -> float: ...
    @property
    def by_chance(self) -> float: ...

@final
class MaximumProfit:
    @property
    def profit(self) -> Estimate: ...
    @property
    def fraction(self) -> float: ...

@final
class CampaignTotals:
    @property
    def customers(self) -> int: ...
    @property
    def fraction(self) -> float: ...
    @property
    def profit(self) -> Estimate: ...
    @property
    def cost(self) -> float: ...
    @property
    def kept(self) -> float: ...

@final
class RetentionPlan(Table):
    @property
    def campaign(self) -> CampaignTotals: ...
    def first(self, customers: int) -> CampaignTotals: ...
    def curve(self, points: int = 101) -> Table: ...
    def to_table(self) -> Table: ...

@final
class PopulationStability(Table):
    @property
    def index(self) -> float: ...
    @property
    def test(self) -> TestResult: ...
    def to_table(self) -> Table: ...

@final
class KolmogorovSmirnov:
    @property
    def statistic(self) -> float: ...
    @property
    def at(self) -> float: ...
    @property
    def p_value(self) -> float: ...

@final
class QiniCurve(Table):
    @property
    def coefficient(self) -> Estimate: ...
    @property
    def area_under_uplift(self) -> Estimate: ...
    @property
    def effect(self) -> Estimate: ...
    def to_table(self) -> Table: ...

def auc(y_true: _Column, y_score: _Column, sample_weight: _Column | None = None, level: float = 0.95) -> Estimate: ...
def average_precision(
    y_true: _Column, y_score: _Column, sample_weight: _Column | None = None, level: float = 0.95
) -> Estimate: ...
def log_loss(
    y_true: _Column, y_prob: _Column, sample_weight: _Column | None = None, level: float = 0.95
) -> Estimate: ...
def brier(
    y_true: _Column, y_prob: _Column, bins: int | None = None, sample_weight: _Column | None = None
) -> BrierDecomposition: ...
def spiegelhalter(y_true: _Column, y_prob: _Column, sample_weight: _Column | None = None) -> SpiegelhalterTest: ...
def calibration_curve(
    y_true: _Column,
    y_prob: _Column,
    bins: int = 10,
    binning: _Binning = "quantile",
    sample_weight: _Column | None = None,
    level: float = 0.95,
) -> Table: ...
def calibration_error(
    y_true: _Column,
    y_prob: _Column,
    bins: int = 10,
    binning: _Binning = "quantile",
    sample_weight: _Column | None = None,
) -> CalibrationError: ...
def roc_curve(y_true: _Column, y_score: _Column, sample_weight: _Column | None = None) -> Table: ...
def lift_table(
    y_true: _Column, y_score: _Column, bins: int = 10, sample_weight: _Column | None = None, level: float = 0.95
) -> Table: ...
def lift_at(
    y_true: _Column, y_score: _Column, fraction: float = 0.1, sample_weight: _Column | None = None, level: float = 0.95
) -> Estimate: ...
def evaluate(y_true: _Column, y_prob: _Column, sample_weight: _Column | None = None, level: float = 0.95) -> Table: ...
def compare_auc(
    y_true: _Column, first: _Column, second: _Column, level: float = 0.95
) -> tuple[Estimate, TestResult]: ...
def empc(
    y_true: _Column,
    y_score: _Column,
    alpha: float = 6.0,
    beta: float = 14.0,
    clv: float = 200.0,
    incentive_cost: float = 10.0,
    contact_cost: float = 1.0,
    sample_weight: _Column | None = None,
    level: float = 0.95,
) -> MaximumProfit: ...
def mpc(
    y_true: _Column,
    y_score: _Column,
    acceptance: float = 0.3,
    clv: float = 200.0,
    incentive_cost: float = 10.0,
    contact_cost: float = 1.0,
    sample_weight: _Column | None = None,
    level: float = 0.95,
) -> MaximumProfit: ...
def plan_retention_offer(
    probabilities: _Column,
    clv: _Column,
    acceptance: float,
    incentive_cost: float,
    contact_cost: float,
    clv_errors: _Column | None = None,
    acceptance_error: float = 0.0,
    budget: float | None = None,
    at_most: float = 1.0,
    level: float = 0.95,
) -> RetentionPlan: ...
def population_stability(reference: _Column, current: _Column, bins: int = 10) -> PopulationStability: ...
def kolmogorov_smirnov(reference: _Column, current: _Column) -> KolmogorovSmirnov: ...
def qini_curve(
    outcome: _Column,
    treated: _Column,
    scores: _Column,
    points: int = 101,
    resamples: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> QiniCurve: ...

@final
class Hhi:
    @property
    def index(self) -> float: ...
    @property
    def effective_number(self) -> float: ...
    @property
    def normalised(self) -> float: ...

@final
class WhaleCurve(Table):
    @property
    def peak_share(self) -> float: ...
    @property
    def peak_position(self) -> float: ...
    def to_table(self) -> Table: ...

@final
class CohortTable(Table):
    @property
    def average(self) -> Table: ...
    @property
    def period(self) -> str: ...
    @property
    def as_of(self) -> str: ...
    @property
    def level(self) -> float: ...
    @property
    def rows_after_as_of(self) -> int: ...
    def to_table(self) -> Table: ...

_Rows: TypeAlias = _Matrix | Sequence[Any]

@final
class TransitionMatrix(Table):
    @staticmethod
    def from_probabilities(states: Sequence[str], probabilities: _Rows) -> TransitionMatrix: ...
    @staticmethod
    def from_counts(
        states: Sequence[str], periods: Sequence[_Rows], prior: float = 0.0, level: float = 0.95
    ) -> TransitionMatrix: ...
    @property
    def states(self) -> list[str]: ...
    @property
    def probabilities(self) -> _Floats: ...
    @property
    def periods(self) -> Table | None: ...
    @property
    def left_out(self) -> int: ...
    @property
    def level(self) -> float: ...
    def stationarity_test(self) -> TestResult: ...
    def steady_state(self) -> Table: ...
    def after(self, periods: int) -> _Floats: ...
    def absorbing(self, states: Sequence[str]) -> Table: ...
    def value(self, rewards: _Column, discount_rate: float, horizon: int | None = None) -> Table: ...
    def to_table(self) -> Table: ...

@final
class ContactPolicy(Table):
    @property
    def iterations(self) -> int: ...
    def to_table(self) -> Table: ...

def migration_matrix(
    dates: Sequence[_Column], states: Sequence[str] | None = None, prior: float = 0.0, level: float = 0.95
) -> TransitionMatrix: ...
def contact_policy(
    states: Sequence[str], actions: dict[str, tuple[Any, Any]], discount_rate: float
) -> ContactPolicy: ...

_Number: TypeAlias = float | tuple[float, float]

@final
class BreakEven(Table):
    @property
    def volume(self) -> QuantileEstimate: ...
    @property
    def cash_volume(self) -> QuantileEstimate: ...
    @property
    def contribution(self) -> Estimate: ...
    @property
    def probability_of_profit(self) -> float | None: ...
    @property
    def probability_of_cash(self) -> float | None: ...
    def to_table(self) -> Table: ...

@final
class CashPath(Table):
    @property
    def verdict(
        self,
    ) -> Literal["sound", "breaks_credit_limit", "unprofitable", "unprofitable_and_breaks_credit_limit"]: ...
    @property
    def funding_need(self) -> Estimate: ...
    @property
    def trough_period(self) -> int: ...
    @property
    def cash_break_even(self) -> QuantileEstimate: ...
    @property
    def profit_break_even(self) -> QuantileEstimate: ...
    @property
    def discounted_payback(self) -> QuantileEstimate: ...
    @property
    def npv(self) -> Estimate: ...
    @property
    def profit(self) -> Estimate: ...
    @property
    def probability_of_profit(self) -> float: ...
    @property
    def credit_headroom(self) -> Estimate | None: ...
    @property
    def first_breach(self) -> int | None: ...
    @property
    def probability_of_breach(self) -> float | None: ...
    @property
    def largest_scale(self) -> float | None: ...
    @property
    def figures(self) -> Table: ...
    def to_table(self) -> Table: ...

def break_even(
    price: _Number,
    variable_cost: _Number,
    fixed_cost: _Number,
    planned: float | None = None,
    *,
    non_cash_cost: _Number = 0.0,
    debt_service: _Number = 0.0,
    capital_expenditure: _Number = 0.0,
    cash_margin: _Number | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> BreakEven: ...
def volume_cost_profit(
    volumes: _Column,
    price: _Number,
    variable_cost: _Number,
    fixed_cost: _Number,
    *,
    non_cash_cost: _Number = 0.0,
    debt_service: _Number = 0.0,
    capital_expenditure: _Number = 0.0,
    cash_margin: _Number | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Table: ...
def break_even_response_rate(
    cost_per_contact: _Number,
    margin_per_response: _Number,
    fixed_cost: float = 0.0,
    contacts: int | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate: ...
def cash_path(
    acquired: float | _Column,
    survival: _Column,
    *,
    cost_per_acquisition: _Number = 0.0,
    revenue: _Number = 0.0,
    variable_cost: _Number = 0.0,
    upfront_cost: _Number = 0.0,
    fixed_cost: _Number = 0.0,
    collection_lag: float = 0.0,
    payment_lag: float = 0.0,
    discount_rate: float = 0.0,
    credit_limit: float | None = None,
    survival_errors: _Column | None = None,
    start: _Date | None = None,
    period: Literal["week", "month", "quarter"] = "month",
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> CashPath: ...

@final
class GrowthBridge(Table):
    @property
    def gross_retention(self) -> Estimate | None: ...
    @property
    def net_retention(self) -> Estimate | None: ...
    @property
    def quick_ratio(self) -> Estimate | None: ...
    @property
    def logo_churn(self) -> Estimate | None: ...
    @property
    def revenue_churn(self) -> Estimate | None: ...
    @property
    def reactivation(self) -> Estimate | None: ...
    @property
    def rates(self) -> Table: ...
    def to_table(self) -> Table: ...

def growth_bridge(
    before: _Column, after: _Column, earlier: _Column | None = None, level: float = 0.95
) -> GrowthBridge: ...
def growth_by_period(
    log: TransactionLog,
    period: Literal["week", "month", "quarter"] = "month",
    as_of: _Date | None = None,
    level: float = 0.95,
) -> Table: ...

@final
class CohortActivityTable(Table):
    def wide(
        self,
        measure: Literal[
            "customers",
            "retention",
            "orders",
            "orders_per_customer",
            "revenue",
            "revenue_share",
            "profit",
            "profit_share",
        ] = "retention",
    ) -> Table: ...
    @property
    def rows_after_as_of(self) -> int: ...
    @property
    def as_of(self) -> str: ...
    def to_table(self) -> Table: ...

def cohort_table(
    customer_id: _Column,
    date: _Column,
    revenue: _Column,
    profit: _Column | None = None,
    period: Literal["week", "month", "quarter"] = "month",
    as_of: _Date | None = None,
    level: float = 0.95,
) -> CohortActivityTable: ...

@final
class SegmentReturns:
    def __new__(cls, segments: Sequence[str], returns: _Rows) -> SegmentReturns: ...
    @staticmethod
    def from_contributions(segments: Sequence[str], contribution: _Rows, cost: _Rows) -> SegmentReturns: ...
    @property
    def segments(self) -> list[str]: ...
    @property
    def returns(self) -> _Floats: ...
    @property
    def mean(self) -> _Floats: ...
    @property
    def covariance(self) -> _Floats: ...
    def ledoit_wolf(self) -> tuple[_Floats, float]: ...
    def risk(self, weights: _Column, hurdle: float = 0.0, level: float = 0.95) -> Table: ...

@final
class SegmentMix:
    @property
    def expected_return(self) -> float: ...
    @property
    def risk(self) -> float: ...
    @property
    def weights(self) -> _Floats: ...
    @property
    def marginal_risk(self) -> float: ...
    @property
    def residual(self) -> float: ...

@final
class RevenueAtRisk:
    @property
    def expected(self) -> float: ...
    @property
    def standard_deviation(self) -> float: ...
    @property
    def worst_case(self) -> Estimate: ...
    @property
    def value_at_risk(self) -> Estimate: ...
    @property
    def expected_shortfall(self) -> Estimate: ...
    @property
    def diversified_value_at_risk(self) -> float: ...
    @property
    def confidence(self) -> float: ...

class _Scenario(TypedDict, total=False):
    churn: float
    spend: float
    lose_top: int

def efficient_frontier(
    segments: Sequence[str],
    mean: _Column,
    covariance: _Rows,
    lower: float | _Column | None = None,
    upper: float | _Column | None = None,
    points: int = 50,
) -> Table: ...
def portfolio_at(
    mean: _Column,
    covariance: _Rows,
    target: float | None = None,
    lower: float | _Column | None = None,
    upper: float | _Column | None = None,
) -> SegmentMix: ...
def revenue_at_risk(
    mean: _Column,
    standard_deviation: _Column,
    none: _Column | None = None,
    shock: float = 0.0,
    confidence: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> RevenueAtRisk: ...
def stress_test(value: _Column, scenarios: dict[str, _Scenario], churn: _Column | None = None) -> Table: ...

@final
class CustomerEquity(Table):
    @property
    def total(self) -> Estimate: ...
    @property
    def undiscounted(self) -> Estimate: ...
    def to_table(self) -> Table: ...

@final
class FutureEquity(Table):
    @property
    def total(self) -> Estimate: ...
    @property
    def undiscounted(self) -> Estimate: ...
    def to_table(self) -> Table: ...

@final
class Valuation(Table):
    @property
    def operating_value(self) -> Estimate: ...
    @property
    def equity_value(self) -> Estimate: ...
    @property
    def existing_customers(self) -> float: ...
    @property
    def new_customers(self) -> float: ...
    @property
    def firm_level(self) -> float: ...
    @property
    def terminal_share(self) -> float: ...
    @property
    def sensitivities(self) -> Table: ...
    def to_table(self) -> Table: ...

@final
class ValueBridge(Table):
    @property
    def change(self) -> float: ...
    def to_table(self) -> Table: ...

def customer_equity(
    model: PurchaseModel,
    spend: GammaGamma,
    customers: CustomerSummary,
    groups: _Column,
    horizon: float,
    discount_rate: float = 0.0,
    margin: float = 1.0,
    level: float = 0.95,
) -> CustomerEquity: ...
def future_equity(
    customers: _Column,
    value: _Number,
    cost: _Number,
    discount_rate: float = 0.0,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> FutureEquity: ...
def ltv_to_cac(value: _Number, cost: _Number, draws: int = 2000, seed: int = 0, level: float = 0.95) -> Estimate: ...
def payback(
    margin: float | _Column,
    survival: _Column,
    cost: _Number,
    discount_rate: float = 0.0,
    margin_error: float = 0.0,
    survival_errors: _Column | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> QuantileEstimate: ...
def customer_based_valuation(
    existing: float,
    existing_survival: _Column,
    acquired: _Column,
    survival: _Column,
    spend: _Column,
    *,
    margin: _Number,
    wacc: _Number,
    cost_per_acquisition: _Number = 0.0,
    fixed_cost: _Number = 0.0,
    tax_rate: float = 0.0,
    reinvestment: float = 0.0,
    revenue_before: float | None = None,
    terminal_growth: float | None = None,
    net_debt: float = 0.0,
    acquisition_error: float = 0.0,
    churn_error: float = 0.0,
    spend_error: float = 0.0,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Valuation: ...
def value_bridge(
    before: _Column,
    after_same_model: _Column,
    after: _Column,
    acquired: _Column,
    purchased: _Column,
    lost: _Column,
) -> ValueBridge: ...
def concentration(
    values: _Column, fractions: _Column | None = None, draws: int = 400, seed: int = 0, level: float = 0.95
) -> Table: ...
def long_run_concentration(
    r: _Number,
    q: _Number | None = None,
    fractions: _Column | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Table: ...

@final
class Portfolio:
    @property
    def customers(self) -> Table: ...
    @property
    def segments(self) -> Table: ...
    @property
    def totals(self) -> Table: ...
    @property
    def customer_equity(self) -> Estimate: ...
    @property
    def cohorts(self) -> CohortTable: ...
    @property
    def holdout(self) -> HoldoutCheck | None: ...
    @property
    def holdout_problem(self) -> str | None: ...
    @property
    def quality(self) -> QualityReport: ...
    @property
    def summary(self) -> CustomerSummary: ...
    @property
    def model(self) -> BgNbd: ...
    @property
    def spend(self) -> GammaGamma: ...
    @property
    def growth(self) -> Table | None: ...
    @property
    def migration(self) -> TransitionMatrix | None: ...
    def revenue_at_risk(
        self, shock: float = 0.1, confidence: float = 0.95, draws: int = 10_000, seed: int = 0, level: float = 0.95
    ) -> RevenueAtRisk: ...
    def stress_test(self, scenarios: dict[str, dict[str, float]]) -> Table: ...
    def compare(
        self, earlier: Portfolio, log: TransactionLog | None = None, lost_below: float = 0.5
    ) -> PortfolioComparison: ...
    def report(self, path: _Path, include: Sequence[Any] | None = None) -> None: ...
    def report_html(self, include: Sequence[Any] | None = None) -> str: ...
    def _repr_html_(self) -> str: ...

@final
class PortfolioComparison:
    @property
    def start(self) -> str: ...
    @property
    def end(self) -> str: ...
    @property
    def value_bridge(self) -> ValueBridge: ...
    @property
    def revenue_bridge(self) -> GrowthBridge | None: ...
    @property
    def migration(self) -> TransitionMatrix: ...
    @property
    def totals(self) -> Table: ...
    @property
    def segments(self) -> Table: ...
    def report(self, path: _Path, include: Sequence[Any] | None = None) -> None: ...
    def report_html(self, include: Sequence[Any] | None = None) -> str: ...

@final
class RepeatPurchases(Table):
    @property
    def customers(self) -> npt.NDArray[np.int64] | list[str]: ...
    @property
    def products(self) -> list[str]: ...
    @property
    def models(self) -> Table: ...
    @property
    def rows_after_as_of(self) -> int: ...
    def matrix(self, products: list[str] | None = None) -> Table: ...
    def to_table(self) -> Table: ...

def repeat_purchases(
    customer: Any,
    product: Any,
    date: Any,
    as_of: Any = None,
    horizon: float = 4.0,
    time_unit: str = "week",
    model: str = "mbg_nbd",
    shrinkage: float = 0.5,
) -> RepeatPurchases: ...
def equity_of_values(
    value: Any,
    groups: Any,
    standard_deviation: Any = None,
    undiscounted: Any = None,
    model_error: float = 0.0,
    level: float = 0.95,
) -> CustomerEquity: ...

@final
class ReportSection:
    def __new__(
        cls, of: Any, title: str | None = None, sentence: str | None = None, finding: str | None = None
    ) -> ReportSection: ...

def cdnow(full: bool) -> TransactionLog: ...

_PurchaseModelLike: TypeAlias = _PurchaseModelName | PurchaseModel | type[PurchaseModel]
_ContractualModelLike: TypeAlias = (
    Literal["shifted_beta_geometric", "beta_discrete_weibull"]
    | ContractualModel
    | type[ContractualModel]
    | ShiftedBetaGeometricWithCovariates
    | type[ShiftedBetaGeometricWithCovariates]
)

@final
class Comparison(Table):
    @property
    def best(self) -> str | None: ...
    @property
    def recommendation(self) -> str: ...
    @property
    def failed(self) -> dict[str, str]: ...
    @property
    def origins(self) -> Table: ...
    @property
    def calibration(self) -> Table: ...
    @property
    def level(self) -> float: ...
    def to_table(self) -> Table: ...

@final
class Bootstrap:
    @property
    def model(self) -> Any: ...
    @property
    def replicates(self) -> list[Any]: ...
    @property
    def failed(self) -> int: ...
    def parameters(self, level: float = 0.95) -> Table: ...
    def estimate(self, function: Callable[[Any], float], level: float = 0.95) -> Estimate: ...
    def __len__(self) -> int: ...

@final
class Posterior:
    @property
    def draws(self) -> dict[str, _Floats]: ...
    @property
    def sample_stats(self) -> dict[str, npt.NDArray[Any]]: ...
    @property
    def divergences(self) -> int: ...
    @property
    def warnings(self) -> list[str]: ...
    def to_inference_data(self) -> Any: ...
    def summary(self, level: float = 0.95) -> Table: ...
    def models(self, count: int = 100) -> list[Any]: ...
    def estimate(self, function: Callable[[Any], float], level: float = 0.95, draws: int = 400) -> Estimate: ...
    def predict(self, customers: CustomerSummary, horizon: float, level: float = 0.95, draws: int = 200) -> Table: ...
    def purchase_totals(
        self,
        customers: CustomerSummary,
        horizon: float,
        groups: _Column | None = None,
        level: float = 0.95,
        draws: int = 200,
    ) -> PurchaseTotals: ...
    def save(self, path: _Path) -> None: ...
    @staticmethod
    def load(path: _Path) -> Posterior: ...
    def expected_spend(self, customers: CustomerSummary, level: float = 0.95, draws: int = 200) -> Table: ...

def compare(
    log: TransactionLog,
    horizon: float,
    models: Sequence[_PurchaseModelLike] | None = None,
    origins: int = 3,
    step: float | None = None,
    observation_end: _Date | None = None,
    time_unit: _TimeUnit = "week",
    merge_within: _MergeWithin = "day",
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    covariates: CustomerSummary | None = None,
) -> Comparison: ...
def bootstrap(
    model: _PurchaseModelLike | _ContractualModelLike | Literal["gamma_gamma"] | GammaGamma | type[GammaGamma],
    customers: CustomerSummary | Renewals | OpportunityHistories,
    replicates: int = 400,
    seed: int = 0,
    k: int | None = None,
    weights: _Column | None = None,
) -> Bootstrap: ...

@final
class PurchaseTotals(Table):
    @property
    def total(self) -> Estimate: ...
    def to_table(self) -> Table: ...

def purchase_totals(
    model: PurchaseModel,
    customers: CustomerSummary,
    horizon: float,
    groups: _Column | None = None,
    level: float = 0.95,
) -> PurchaseTotals: ...
def profile_interval(
    model: _PurchaseModelLike | _ContractualModelLike | Literal["gamma_gamma"] | GammaGamma | type[GammaGamma],
    customers: CustomerSummary | Renewals | OpportunityHistories,
    parameter: str,
    level: float = 0.95,
    k: int | None = None,
    weights: _Column | None = None,
) -> Estimate: ...
def posterior(
    model: _PurchaseModelLike | _ContractualModelLike | Literal["gamma_gamma"] | GammaGamma | type[GammaGamma],
    customers: CustomerSummary | Renewals | OpportunityHistories,
    priors: dict[str, Prior] | None = None,
    default_priors: Literal["wide", "pymc-marketing"] = "wide",
    chains: int = 4,
    warmup: int = 300,
    draws: int = 1000,
    target_accept: float = 0.8,
    seed: int = 0,
    k: int | None = None,
    weights: _Column | None = None,
) -> Posterior: ...
def load_model(path: _Path) -> Estimator: ...
def lifetime_value(
    model: PurchaseModel,
    spend: GammaGamma,
    customers: CustomerSummary,
    horizon: float,
    discount_rate: float = 0.0,
    margin: float = 1.0,
    level: float = 0.95,
    cost_per_purchase: float = 0.0,
) -> LifetimeValue: ...
def cash_flows(
    model: PurchaseModel,
    spend: GammaGamma,
    customers: CustomerSummary,
    horizon: float,
    periods: int,
    discount_rate: float = 0.0,
    margin: float = 1.0,
    cost_per_purchase: float = 0.0,
    level: float = 0.95,
) -> Table: ...
def holdout_check(
    model: PurchaseModel,
    log: TransactionLog,
    calibration_end: _Date,
    observation_end: _Date | None = None,
    time_unit: _TimeUnit = "week",
    merge_within: _MergeWithin = "day",
    level: float = 0.95,
    covariates: CustomerSummary | None = None,
) -> HoldoutCheck: ...
def rfm_segments(customers: CustomerSummary, bins: int = 5, rules: Sequence[_Rule] | None = None) -> Segments: ...
def churn_scores(
    model: PurchaseModel, customers: CustomerSummary, horizon: float, level: float = 0.95
) -> ChurnScores: ...
def log_rank_test(
    data: SurvivalData,
    groups: _Column,
    weighting: _Weighting = "log-rank",
    p: float | None = None,
    q: float | None = None,
) -> LogRankTest: ...
def concordance_index(data: SurvivalData, predicted_scores: _Column) -> Concordance: ...
def brier_score(train: SurvivalData, test: SurvivalData, times: _Column, survival: _Matrix) -> BrierScore: ...
def cumulative_dynamic_auc(
    train: SurvivalData, test: SurvivalData, times: _Column, risk: _Column | _Matrix
) -> CumulativeDynamicAuc: ...
def gini(values: _Column) -> float: ...
def normalised_gini(values: _Column) -> float: ...
def hhi(values: _Column) -> Hhi: ...
def top_share(values: _Column, fraction: float) -> float: ...
def lorenz(values: _Column, points: int = 201) -> Table: ...
def whale_curve(values: _Column, points: int = 201) -> WhaleCurve: ...
def cohort_retention(
    log: TransactionLog,
    period: Literal["week", "month", "quarter"] = "month",
    as_of: _Date | None = None,
    level: float = 0.95,
) -> CohortTable: ...

@final
class SimulatedOrders:
    def to_table(self) -> Table: ...
    def write_csv(self, path: str | PathLike[str]) -> None: ...
    def read(self) -> TransactionLog: ...
    def truth(self) -> Table: ...
    @property
    def defects(self) -> dict[str, int]: ...
    @property
    def good_rows(self) -> int: ...
    @property
    def recased_rows(self) -> int: ...
    @property
    def aliases(self) -> dict[str, str]: ...
    def __len__(self) -> int: ...

def simulate_orders(
    model: PurchaseModel,
    spend: GammaGamma,
    *,
    customers: int,
    start: _Date,
    end: _Date,
    acquired_over: float = 0.0,
    time_unit: _TimeUnit = "week",
    seasonality: Sequence[float] | None = None,
    returns: float = 0.0,
    return_days: float = 14.0,
    duplicates: float = 0.0,
    missing_customers: float = 0.0,
    missing_dates: float = 0.0,
    unparsable_dates: float = 0.0,
    missing_amounts: float = 0.0,
    unparsable_amounts: float = 0.0,
    future_dates: float = 0.0,
    mixed_case: float = 0.0,
    seed: int = 0,
) -> SimulatedOrders: ...

@final
class ActivityPanel:
    def to_table(self, dense: bool = False, start: int = 0, stop: int | None = None) -> Table: ...
    @property
    def customer_id(self) -> list[str] | npt.NDArray[np.int64]: ...
    @property
    def customers(self) -> int: ...
    @property
    def active_periods(self) -> int: ...
    @property
    def period(self) -> str: ...
    @property
    def as_of(self) -> str: ...
    @property
    def rows_after_as_of(self) -> int: ...
    @property
    def periods_cancelled(self) -> int: ...
    @property
    def customers_left_out(self) -> int: ...
    def __len__(self) -> int: ...

def activity_panel(
    log: TransactionLog,
    period: Literal["week", "month", "quarter"] = "month",
    as_of: _Date | None = None,
    merge_within: _MergeWithin = "day",
) -> ActivityPanel: ...
def analyze(
    log: TransactionLog,
    as_of: _Date | None = None,
    horizon: float = 52.0,
    discount_rate: float = 0.0,
    margin: float = 1.0,
    time_unit: _TimeUnit = "week",
    merge_within: _MergeWithin = "day",
    level: float = 0.95,
    calibration_end: _Date | None = None,
    model: _PurchaseModelName = "bg_nbd",
    cost_per_purchase: float = 0.0,
) -> Portfolio: ...

class SegmentationModel(Estimator):
    def __sklearn_tags__(self) -> Any: ...

@final
class KMeans(SegmentationModel):
    def __new__(
        cls,
        n_clusters: int = 8,
        seed: int = 0,
        n_init: int = 10,
        max_iter: int = 300,
        tol: float = 0.0001,
        scaling: _Scaling = "none",
    ) -> KMeans: ...
    def fit(
        self,
        X: _Covariates,
        y: Any = None,
        weights: _Column | None = None,
        names: Sequence[str] | None = None,
    ) -> KMeans: ...
    def partial_fit(self, X: _Covariates, y: Any = None, weights: _Column | None = None) -> KMeans: ...
    def predict(self, X: _Covariates) -> npt.NDArray[np.int64]: ...
    def fit_predict(self, X: _Covariates, y: Any = None, weights: _Column | None = None) -> npt.NDArray[np.int64]: ...
    def transform(self, X: _Covariates) -> _Floats: ...
    def score(self, X: _Covariates, y: Any = None, weights: _Column | None = None) -> float: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def centers(self) -> _Floats: ...
    @property
    def scaled_centers(self) -> _Floats: ...
    @property
    def sizes(self) -> _Floats: ...
    @property
    def inertia(self) -> float: ...
    @property
    def iterations(self) -> int: ...
    @property
    def converged(self) -> bool: ...
    def to_table(self) -> Table: ...

@final
class KPrototypes(SegmentationModel):
    def __new__(
        cls,
        n_clusters: int = 8,
        gamma: float | None = None,
        seed: int = 0,
        n_init: int = 10,
        max_iter: int = 100,
        scaling: _Scaling = "standard",
    ) -> KPrototypes: ...
    def fit(self, X: _Table, y: Any = None, weights: _Column | None = None) -> KPrototypes: ...
    def predict(self, X: _Table) -> npt.NDArray[np.int64]: ...
    def fit_predict(self, X: _Table, y: Any = None, weights: _Column | None = None) -> npt.NDArray[np.int64]: ...
    def transform(self, X: _Table) -> _Floats: ...
    @property
    def numeric_names(self) -> list[str]: ...
    @property
    def categorical_names(self) -> list[str]: ...
    @property
    def centers(self) -> _Floats: ...
    @property
    def modes(self) -> list[list[str]]: ...
    @property
    def gamma(self) -> float: ...
    @property
    def sizes(self) -> _Floats: ...
    @property
    def cost(self) -> float: ...
    @property
    def iterations(self) -> int: ...
    @property
    def converged(self) -> bool: ...
    def to_table(self) -> Table: ...

@final
class GaussianMixture(SegmentationModel):
    def __new__(
        cls,
        n_components: int = 1,
        covariance_type: Literal["full", "diag"] = "full",
        seed: int = 0,
        n_init: int = 5,
        max_iter: int = 1000,
        tol: float = 1e-06,
        reg_covar: float = 1e-06,
        scaling: _Scaling = "none",
    ) -> GaussianMixture: ...
    def fit(
        self,
        X: _Covariates,
        y: Any = None,
        weights: _Column | None = None,
        names: Sequence[str] | None = None,
    ) -> GaussianMixture: ...
    def predict(self, X: _Covariates) -> npt.NDArray[np.int64]: ...
    def predict_proba(self, X: _Covariates) -> _Floats: ...
    def score_samples(self, X: _Covariates) -> _Floats: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def weights(self) -> _Floats: ...
    @property
    def means(self) -> _Floats: ...
    @property
    def covariances(self) -> list[_Floats]: ...
    @property
    def log_likelihood(self) -> float: ...
    @property
    def aic(self) -> float: ...
    @property
    def bic(self) -> float: ...
    @property
    def iterations(self) -> int: ...
    @property
    def converged(self) -> bool: ...
    def to_table(self) -> Table: ...

def silhouette_score(
    X: _Covariates, labels: _Column, sample: int | None = None, seed: int = 0
) -> tuple[float, float]: ...
def silhouette_samples(X: _Covariates, labels: _Column) -> _Floats: ...
def calinski_harabasz_score(X: _Covariates, labels: _Column) -> float: ...
def davies_bouldin_score(X: _Covariates, labels: _Column) -> float: ...
def adjusted_rand_index(a: _Column, b: _Column) -> float: ...

@final
class ClusterChoice(Table):
    @property
    def n_clusters(self) -> int: ...
    @property
    def votes(self) -> dict[str, int | None]: ...
    @property
    def reason(self) -> str: ...
    @property
    def sampled(self) -> int: ...
    def to_table(self) -> Table: ...

def choose_clusters(
    X: _Covariates,
    max_clusters: int = 10,
    scaling: _Scaling | None = None,
    seed: int = 0,
    n_init: int = 10,
    sample: int = 5000,
    references: int = 10,
    resamples: int = 10,
    covariance_type: Literal["full", "diag"] | None = "full",
    names: Sequence[str] | None = None,
) -> ClusterChoice: ...

@final
class SegmentProfiles:
    @property
    def sizes(self) -> Table: ...
    @property
    def effects(self) -> Table: ...
    @property
    def attributes(self) -> Table: ...
    @property
    def rules(self) -> Table: ...

def profile_segments(
    segments: _Column,
    X: _Table,
    revenue: _Column | None = None,
    value: _Column | None = None,
    conditions: int = 3,
    level: float = 0.95,
) -> SegmentProfiles: ...

@final
class SegmentStability(Table):
    @property
    def names(self) -> list[str]: ...
    @property
    def counts(self) -> npt.NDArray[np.uint64]: ...
    @property
    def gone(self) -> npt.NDArray[np.uint64]: ...
    @property
    def new_customers(self) -> npt.NDArray[np.uint64]: ...
    @property
    def agreement(self) -> Estimate: ...
    @property
    def stayed(self) -> Estimate: ...
    def to_table(self) -> Table: ...

def segment_stability(
    before_id: _Column, before: _Column, after_id: _Column, after: _Column, level: float = 0.95
) -> SegmentStability: ...

@final
class Rfm(SegmentationModel):
    def __new__(
        cls,
        bins: int = 5,
        nested: bool = False,
        edges: dict[str, _Column] | None = None,
        weights: Sequence[float] | None = None,
        fourth: Literal["tenure", "length", "clumpiness"] | None = None,
        rules: Sequence[_Rule] | None = None,
    ) -> Rfm: ...
    def fit(self, customers: CustomerSummary, clumpiness: _Column | None = None) -> Rfm: ...
    def predict(self, customers: CustomerSummary, clumpiness: _Column | None = None) -> Segments: ...
    @property
    def edges(self) -> Table: ...
    @property
    def segment_names(self) -> list[str]: ...

@final
class Lifecycle(SegmentationModel):
    def __new__(
        cls,
        at_risk_after: float = 2.0,
        dormant_after: float = 4.0,
        at_risk_below: float = 0.8,
        dormant_below: float = 0.5,
        lost_below: float = 0.2,
        loyal_purchases: int = 4,
        prior_gaps: float = 1.0,
    ) -> Lifecycle: ...
    def fit(self, customers: CustomerSummary) -> Lifecycle: ...
    def predict(
        self, customers: CustomerSummary, probability_alive: _Column, last_gap: _Column | None = None
    ) -> Segments: ...
    @property
    def mean_gap(self) -> float: ...

@final
class ValueTiers(SegmentationModel):
    def __new__(
        cls, tiers: dict[str, float] | None = None, basis: Literal["value", "customers"] = "value"
    ) -> ValueTiers: ...
    def fit(self, value: _Column) -> ValueTiers: ...
    def predict(
        self,
        value: _Column,
        standard_error: _Column | None = None,
        low: _Column | None = None,
        high: _Column | None = None,
        level: float = 0.95,
        customer_id: _Column | None = None,
    ) -> Segments: ...
    @property
    def edges(self) -> _Floats: ...
    @property
    def names(self) -> list[str]: ...

def purchase_rhythm(
    log: TransactionLog,
    as_of: _Date | None = None,
    time_unit: _TimeUnit = "week",
    merge_within: _MergeWithin = "day",
) -> Table: ...

# Decisions, and what they need.

_PerActivity: TypeAlias = float | _Column

@final
class Response:
    @staticmethod
    def exponential(ceiling: float, rate: float) -> Response: ...
    @staticmethod
    def exponential_from_judgements(ceiling: float, spend: float, response: float) -> Response: ...
    @staticmethod
    def adbudg(low: float, high: float, c: float, half_saturation: float) -> Response: ...
    @staticmethod
    def adbudg_from_judgements(low: float, high: float, spend: float, today: float, more: float) -> Response: ...
    @staticmethod
    def piecewise_linear(spend: _Column, response: _Column, envelope: bool = False) -> Response: ...
    def value(self, spend: float) -> float: ...
    def marginal(self, spend: float) -> float: ...
    @property
    def is_s_shaped(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Allocation(Table):
    @property
    def value(self) -> float: ...
    @property
    def spent(self) -> float: ...
    @property
    def profit(self) -> float: ...
    @property
    def marginal_value_of_budget(self) -> float: ...
    @property
    def limits(self) -> Table: ...
    @property
    def certificate(self) -> dict[str, float]: ...
    @property
    def today(self) -> dict[str, Any] | None: ...
    def regret(self, draws: int = 200, seed: int = 0, level: float = 0.95) -> Regret: ...
    def to_table(self) -> Table: ...

@final
class Regret:
    @property
    def objective(self) -> Estimate: ...
    @property
    def regret(self) -> Estimate: ...
    @property
    def best_spend(self) -> list[Estimate]: ...
    @property
    def better_than_today(self) -> float | None: ...
    @property
    def draws(self) -> int: ...

def allocate_budget(
    responses: Sequence[Response] | dict[str, Response],
    budget: float,
    *,
    value: _PerActivity | None = None,
    minimum: _PerActivity | None = None,
    maximum: _PerActivity | None = None,
    fixed_cost: _PerActivity | None = None,
    limits: dict[str, tuple[_Column, float]] | None = None,
    risk: tuple[_Matrix, float] | None = None,
    today: _Column | None = None,
    objective: Literal["value", "profit"] = "value",
    size_uncertainty: _PerActivity | None = None,
    speed_uncertainty: _PerActivity | None = None,
) -> Allocation: ...

@final
class SurveyScore:
    @property
    def value(self) -> float: ...
    @property
    def score(self) -> Estimate: ...
    @property
    def standard_error(self) -> float: ...
    @property
    def answers(self) -> int: ...
    @property
    def effective_answers(self) -> float: ...
    @property
    def promoters(self) -> float: ...
    @property
    def detractors(self) -> float: ...
    @property
    def level(self) -> float: ...
    def compare(self, other: SurveyScore, level: float = 0.95) -> ScoreDifference: ...

@final
class ScoreDifference:
    @property
    def difference(self) -> Estimate: ...
    @property
    def statistic(self) -> float: ...
    @property
    def p_value(self) -> float: ...

@final
class GroupScores(Table):
    @property
    def p_value(self) -> float | None: ...
    def to_table(self) -> Table: ...

@final
class Drivers(Table):
    @property
    def r_squared(self) -> float: ...
    @property
    def answers(self) -> int: ...
    def to_table(self) -> Table: ...

def nps(
    answers: _Column, population: int | None = None, weights: _Column | None = None, level: float = 0.95
) -> SurveyScore: ...
def csat(
    answers: _Column, scale: int = 5, population: int | None = None, weights: _Column | None = None, level: float = 0.95
) -> SurveyScore: ...
def ces(
    answers: _Column, scale: int = 7, population: int | None = None, weights: _Column | None = None, level: float = 0.95
) -> SurveyScore: ...
def score_by_group(
    answers: _Column,
    groups: _Column,
    metric: Literal["nps", "csat", "ces"] = "nps",
    scale: int | None = None,
    weights: _Column | None = None,
    level: float = 0.95,
) -> GroupScores: ...
def post_stratification_weights(strata: _Column, customers: dict[str, int]) -> _Floats: ...
def nps_by_value_tier(answers: _Column, values: _Column, tiers: int = 4, level: float = 0.95) -> Table: ...
def detractor_value(
    answers: _Column, values: _Column, base_value: float | None = None, level: float = 0.95
) -> tuple[Estimate, Estimate]: ...
def referral_value(
    referrer: _Column,
    *,
    period: _Column,
    margin: _Column,
    referral_cost: _Column,
    marketing_cost: _Column,
    acquisition_saving: _Column,
    incremental: _Column,
    rate: float,
) -> Table: ...
def satisfaction_drivers(ratings: _Covariates, overall: _Column, level: float = 0.95) -> Drivers: ...

@final
class RuleSet(SegmentationModel):
    def __new__(cls, rules: dict[str, str] | None = None, otherwise: str = "Other") -> RuleSet: ...
    @staticmethod
    def read(path: _Path, otherwise: str = "Other") -> RuleSet: ...
    def predict(self, table: _Table) -> Segments: ...
    def report(self, table: _Table) -> Table: ...
    @property
    def names(self) -> list[str]: ...

# Campaigns, audiences, offers, goals, prospects.

@final
class TargetList(Table):
    @property
    def depth(self) -> int: ...
    @property
    def profit(self) -> Estimate: ...
    @property
    def cost(self) -> float: ...
    @property
    def profit_of_everybody(self) -> Estimate: ...
    @property
    def expected_profit(self) -> _Floats: ...
    @property
    def break_even_response(self) -> float | None: ...
    @property
    def limited_by(self) -> str: ...
    @property
    def curve(self) -> Table: ...
    def hold_out(self, share: float, seed: int = 0) -> HoldoutGroup: ...
    def to_table(self) -> Table: ...

@final
class HoldoutGroup:
    @property
    def contact(self) -> npt.NDArray[np.int64]: ...
    @property
    def hold_out(self) -> npt.NDArray[np.int64]: ...
    @property
    def detectable_effect(self) -> float: ...
    @property
    def cost(self) -> float: ...

def target_customers(
    response: _Column,
    value: float | _Column,
    cost: float | _Column,
    *,
    baseline: _Column | None = None,
    customer_id: _Column | None = None,
    incentive: float = 0.0,
    fixed_cost: float = 0.0,
    capacity: int | None = None,
    budget: float | None = None,
    effect_error: float = 0.0,
    level: float = 0.95,
) -> TargetList: ...

@final
class CampaignEffect:
    @property
    def effect(self) -> Estimate: ...
    @property
    def standard_error(self) -> float: ...
    @property
    def p_value(self) -> float: ...
    @property
    def relative(self) -> Estimate | None: ...
    @property
    def total(self) -> Estimate: ...
    @property
    def variance_reduction(self) -> float: ...
    @property
    def treated(self) -> int: ...
    @property
    def control(self) -> int: ...
    @property
    def control_mean(self) -> float: ...
    @property
    def sample_ratio_p_value(self) -> float | None: ...

def campaign_effect(
    outcome: _Column,
    treated: _Column,
    covariates: _Covariates | None = None,
    *,
    adjustment: Literal["none", "cuped", "regression", "interacted"] | None = None,
    expected_share: float | None = None,
    level: float = 0.95,
) -> CampaignEffect: ...
def acquisition_by_channel(channel: _Column, value: _Column, spend: dict[Any, float], level: float = 0.95) -> Table: ...
def value_by_channel_and_cohort(channel: _Column, cohort: _Column, value: _Column, level: float = 0.95) -> Table: ...

@final
class Audience(Table):
    @property
    def rows(self) -> npt.NDArray[np.int64]: ...
    @property
    def requested(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def unanswered(self) -> int: ...
    @property
    def without_email(self) -> int: ...
    @property
    def invalid_email(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    @property
    def account(self) -> Table: ...
    def to_table(self) -> Table: ...

def export_audience(
    consent: _Column,
    *,
    customer_id: _Column | None = None,
    key: bytes | None = None,
    email: _Column | None = None,
    email_format: Literal["plain", "google"] = "plain",
    targets: _Column | None = None,
) -> Audience: ...
def pseudonyms(customer_id: _Column, key: bytes) -> list[str]: ...
def hash_emails(email: _Column, email_format: Literal["plain", "google"] = "plain") -> list[str | None]: ...

@final
class AggregateExport(Table):
    @property
    def suppressed_segments(self) -> int: ...
    @property
    def complementary(self) -> int: ...
    @property
    def suppressed_customers(self) -> int: ...
    def to_table(self) -> Table: ...

def aggregate_segments(
    segment: _Column, measures: dict[str, _Column] | None = None, least: int = 10
) -> AggregateExport: ...

@final
class Baskets:
    def __new__(cls, basket: _Column, product: _Column) -> Baskets: ...
    @property
    def products(self) -> list[str]: ...
    @property
    def counts(self) -> npt.NDArray[np.int64]: ...
    def __len__(self) -> int: ...

@final
class Itemsets(Table):
    @property
    def sets(self) -> list[list[str]]: ...
    @property
    def baskets(self) -> int: ...
    def to_table(self) -> Table: ...

@final
class ItemSimilarity(Table):
    def recommend(self, owned: _Column, most: int = 10) -> Table: ...
    def to_table(self) -> Table: ...

@final
class OfferPlan(Table):
    @property
    def profit(self) -> Estimate: ...
    @property
    def bound(self) -> float: ...
    @property
    def shadow_prices(self) -> list[tuple[str, float]]: ...
    @property
    def used(self) -> dict[str, int]: ...
    @property
    def without_offer(self) -> int: ...
    def to_table(self) -> Table: ...

def frequent_itemsets(
    baskets: Baskets, min_support: float, max_length: int | None = None, max_itemsets: int = 10_000_000
) -> Itemsets: ...
def association_rules(
    itemsets: Itemsets,
    *,
    min_confidence: float = 0.0,
    min_lift: float = 0.0,
    max_consequent: int | None = None,
    level: float = 0.95,
) -> Table: ...
def item_similarity(
    baskets: Baskets,
    metric: Literal["cosine", "jaccard", "lift"] = "cosine",
    shrinkage: float = 0.0,
    neighbours: int = 20,
) -> ItemSimilarity: ...
def rank_offers(
    probability: _Covariates,
    margin: float | _Column,
    *,
    cost: float | _Column | None = None,
    capacity: _Column | None = None,
    per_customer: int = 1,
    level: float = 0.95,
) -> OfferPlan: ...

@final
class Goal:
    def __new__(
        cls,
        metric: str,
        baseline: float,
        target: float,
        start: _Date,
        date: _Date,
        path: Literal["linear", "compound"] = "linear",
    ) -> Goal: ...
    @property
    def metric(self) -> str: ...
    @property
    def baseline(self) -> float: ...
    @property
    def target(self) -> float: ...
    def required(self, at: _Date) -> float: ...
    def status(self, current: _Number, at: _Date, level: float = 0.95) -> GoalStatus: ...
    def forecast(self, times: _Column, values: _Column, level: float = 0.95) -> GoalForecast: ...
    def __getnewargs__(self) -> tuple[str, float, float, str, str, str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class GoalStatus:
    @property
    def required(self) -> float: ...
    @property
    def current(self) -> Estimate: ...
    @property
    def progress(self) -> Estimate: ...
    @property
    def elapsed(self) -> float: ...
    @property
    def on_path(self) -> float: ...
    @property
    def state(self) -> str: ...

@final
class GoalForecast:
    @property
    def expected(self) -> Estimate: ...
    @property
    def probability(self) -> float: ...
    @property
    def trend(self) -> float: ...
    @property
    def required_trend(self) -> float: ...
    @property
    def days(self) -> float: ...

@final
class Gap(Table):
    @property
    def current(self) -> float: ...
    @property
    def target(self) -> float: ...
    @property
    def together(self) -> float | None: ...
    @property
    def value(self) -> Estimate | None: ...
    def to_table(self) -> Table: ...

def close_gap(metric: Callable[..., float], levers: dict[str, tuple[float, float]], target: float) -> Gap: ...
def close_clv_gap(
    margin: _Number,
    purchases: _Number,
    retention: _Number,
    *,
    discount: float,
    rise: float,
    limits: tuple[float, float, float],
    periods: int | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Gap: ...

@final
class Pipeline(Table):
    @property
    def total_value(self) -> float: ...
    @property
    def weighted_value(self) -> Estimate: ...
    @property
    def wins(self) -> Estimate: ...
    @property
    def cost(self) -> float: ...
    @property
    def net(self) -> Estimate: ...
    @property
    def not_worth_pursuing(self) -> int: ...
    @property
    def gain_of_dropping(self) -> float: ...
    @property
    def largest_share(self) -> float: ...
    @property
    def share_of_portfolio(self) -> Estimate | None: ...
    def to_table(self) -> Table: ...

def weighted_pipeline(
    probability: _Column,
    value: float | _Column,
    cost: float | _Column | None = None,
    *,
    probability_error: float = 0.0,
    base: _Number | None = None,
    level: float = 0.95,
) -> Pipeline: ...
def stage_conversion(
    stage: _Column,
    state: _Column,
    *,
    stages: Sequence[str],
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Table: ...

@final
class StrategyTable(Table):
    def __new__(cls, rules: Sequence[dict[str, str | None]]) -> StrategyTable: ...
    @staticmethod
    def suggested() -> StrategyTable: ...
    def to_table(self) -> Table: ...

@final
class Suggestions(Table):
    @property
    def overview(self) -> Table: ...
    @property
    def value_thresholds(self) -> tuple[float, float]: ...
    @property
    def unmatched(self) -> int: ...
    @property
    def unknown_segments(self) -> list[str]: ...
    def to_table(self) -> Table: ...

def suggest_treatments(
    segment: _Column,
    value: _Column,
    risk: _Column,
    strategies: StrategyTable,
    *,
    value_shares: tuple[float, float] | None = None,
    risk_levels: tuple[float, float] | None = None,
) -> Suggestions: ...
